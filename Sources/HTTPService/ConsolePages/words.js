// The console's language, and how its figures are written.

import { strings } from "./strings.js";

const key = "language";
let language = firstLanguage();

function firstLanguage() {
  let remembered = null;
  try { remembered = localStorage.getItem(key); } catch { /* storage is switched off */ }
  if (remembered in strings) return remembered;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const text = (name) => strings[language][name];

export const spoken = () => language;

/// Fills in the document's fixed words; `changed` is called after that, now and whenever the language is switched.
export function startSpeaking(changed) {
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      language = button.dataset.language;
      try { localStorage.setItem(key, language); } catch { /* storage is switched off */ }
      speak(changed);
    });
  }
  speak(changed);
}

function speak(changed) {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = text("pageTitle");
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", text(element.dataset.label));
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
  changed();
}

export const nothing = "–";

export function count(value) {
  return value == null ? nothing : value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
}

// A figure and its unit stay on one line.
const joined = (figure, unit) => `${figure}\u00a0${unit}`;
const upTo = (decimals, value) => String(Number(value.toFixed(decimals)));

export function seconds(value) {
  if (value == null) return nothing;
  if (value === 0) return joined("0", "s");
  if (value < 0.001) return joined(upTo(0, value * 1e6), "µs");
  if (value < 1) return joined(upTo(value < 0.01 ? 1 : 0, value * 1000), "ms");
  return joined(upTo(value < 10 ? 2 : value < 100 ? 1 : 0, value), "s");
}

export function bytes(value) {
  if (value == null) return nothing;
  if (value === 0) return joined("0", "B");
  if (value < 1e6) return joined(upTo(0, value / 1e3), "KB");
  if (value < 1e9) return joined(upTo(value < 1e7 ? 1 : 0, value / 1e6), "MB");
  return joined(upTo(2, value / 1e9), "GB");
}

/// 93784 as "1 d 2 h": the two largest units.
export function span(value) {
  const units = text("units"), all = Math.floor(value);
  const parts = [
    [Math.floor(all / 86400), units.d], [Math.floor(all / 3600) % 24, units.h], [Math.floor(all / 60) % 60, units.min], [all % 60, units.s],
  ];
  const first = Math.max(0, parts.findIndex(([number]) => number > 0));
  return (all === 0 ? parts.slice(3) : parts.slice(first, first + 2)).map(([number, unit]) => joined(number, unit)).join(" ");
}
