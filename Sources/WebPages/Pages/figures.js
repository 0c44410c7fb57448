// Number formats.

import { locale, text } from "./language.js";

export const nothing = "–";
// A number and its unit stay on one line.
const joined = (figure, unit) => `${figure}\u00a0${unit}`;
const upTo = (decimals, value) => String(Number(value.toFixed(decimals)));

export const rate = (value) => (value == null ? nothing : value.toFixed(value < 100 ? 2 : value < 1000 ? 1 : 0));
export const count = (value) => (value == null ? nothing : value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 1 : 0 }));
export const percent = (value) => (value == null ? nothing : `${Math.round(value)}%`);
export const plain = (value) => upTo(2, value);

export function share(value) {
  if (value == null) return nothing;
  return value > 0 && value < 0.0005 ? "<0.1%" : `${(value * 100).toFixed(1)}%`;
}

/// Seconds with three digits: 4.21 ms, 42.1 ms, 421 ms, 4.21 s, 42.1 s.
export function seconds(value) {
  if (value == null) return nothing;
  if (value === 0) return joined("0", "s");
  if (value < 0.001) return joined(upTo(0, value * 1e6), "µs");
  if (value < 1) return joined(upTo(value < 0.01 ? 2 : value < 0.1 ? 1 : 0, value * 1000), "ms");
  // 4.20 s keeps its zero, so that the width does not change; a whole number is a setting rather than a measurement.
  return joined(value < 10 && !Number.isInteger(value) ? value.toFixed(2) : upTo(value < 100 ? 1 : 0, value), "s");
}

export function bytes(value) {
  if (value == null) return nothing;
  if (value === 0) return joined("0", "B");
  if (value < 1e6) return joined(upTo(0, value / 1e3), "KB");
  if (value < 1e9) return joined(upTo(value < 1e7 ? 1 : 0, value / 1e6), "MB");
  return joined(upTo(2, value / 1e9), "GB");
}

/// 3725 as 1:02:05.
export function clock(value) {
  const all = Math.round(value), two = (number) => String(number).padStart(2, "0");
  return all < 3600 ? `${Math.floor(all / 60)}:${two(all % 60)}` : `${Math.floor(all / 3600)}:${two(Math.floor(all / 60) % 60)}:${two(all % 60)}`;
}

/// 93784 as "1 d 2 h", with the two largest units.
export function span(value) {
  const units = text("units"), all = Math.floor(value);
  const parts = [
    [Math.floor(all / 86400), units.d], [Math.floor(all / 3600) % 24, units.h], [Math.floor(all / 60) % 60, units.min], [all % 60, units.s],
  ];
  const first = Math.max(0, parts.findIndex(([number]) => number > 0));
  return (all === 0 ? parts.slice(3) : parts.slice(first, first + 2)).map(([number, unit]) => joined(number, unit)).join(" ");
}

export const time = (iso) => new Intl.DateTimeFormat(locale(), { timeStyle: "medium" }).format(new Date(iso));
