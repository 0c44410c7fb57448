// How figures are written, and the language in which.

let language = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
const text = (name) => strings[language][name];
const nothing = "–";
// A figure and its unit stay on one line.
const joined = (figure, unit) => `${figure}\u00a0${unit}`;
const upTo = (decimals, value) => String(Number(value.toFixed(decimals)));

function rate(value) {
  if (value == null) return nothing;
  return value.toFixed(value < 100 ? 2 : value < 1000 ? 1 : 0);
}

function count(value) {
  return value == null ? nothing : value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 1 : 0 });
}

function seconds(value) {
  if (value == null) return nothing;
  if (value === 0) return joined("0", "s");
  if (value < 0.001) return joined(upTo(0, value * 1e6), "µs");
  if (value < 1) return joined(upTo(value < 0.01 ? 2 : value < 0.1 ? 1 : 0, value * 1000), "ms");
  return joined(value < 10 ? value.toFixed(2) : upTo(value < 100 ? 1 : 0, value), "s");
}

/// A limit that somebody gave: without zeros that they didn't.
const limited = (write) => (value) => write(value).replace(/(\.\d*?)0+(?=\D*$)/, "$1").replace(/\.(?=\D*$)/, "");

function share(value) {
  if (value == null) return nothing;
  return value > 0 && value < 0.0005 ? "<0.1%" : `${(value * 100).toFixed(1)}%`;
}

const percent = (value) => (value == null ? nothing : `${Math.round(value)}%`);

function bytes(value) {
  if (value == null) return nothing;
  if (value < 1e3) return joined(upTo(0, value), "B");
  if (value < 1e6) return joined(upTo(value < 1e4 ? 1 : 0, value / 1e3), "KB");
  if (value < 1e9) return joined(upTo(value < 1e7 ? 1 : 0, value / 1e6), "MB");
  return joined(upTo(2, value / 1e9), "GB");
}

function span(value) {
  const units = text("units"), all = Math.round(value);
  const parts = [[Math.floor(all / 86400), units.d], [Math.floor(all / 3600) % 24, units.h], [Math.floor(all / 60) % 60, units.min], [all % 60, units.s]];
  const told = parts.filter(([number]) => number > 0).slice(0, 2);
  return (told.length ? told : parts.slice(3)).map(([number, unit]) => joined(number, unit)).join(" ");
}

function clock(value) {
  const all = Math.round(value), two = (number) => String(number).padStart(2, "0");
  return all < 3600 ? `${Math.floor(all / 60)}:${two(all % 60)}` : `${Math.floor(all / 3600)}:${two(Math.floor(all / 60) % 60)}:${two(all % 60)}`;
}

const locale = () => (language === "zh" ? "zh-CN" : "en-GB");
const moment = (iso) => new Intl.DateTimeFormat(locale(), { dateStyle: "long", timeStyle: "short" }).format(new Date(iso));
const time = (iso) => new Intl.DateTimeFormat(locale(), { timeStyle: "medium" }).format(new Date(iso));
