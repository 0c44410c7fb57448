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

export function seconds(value) {
  if (value == null) return nothing;
  if (value === 0) return "0 s";
  if (value < 0.001) return `${Math.round(value * 1e6)} µs`;
  if (value < 1) return `${value < 0.01 ? (value * 1000).toFixed(1) : Math.round(value * 1000)} ms`;
  return `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : Math.round(value)} s`;
}

export function bytes(value) {
  if (value == null) return nothing;
  if (value < 1e6) return `${Math.round(value / 1000)} KB`;
  if (value < 1e9) return `${value < 1e7 ? (value / 1e6).toFixed(1) : Math.round(value / 1e6)} MB`;
  return `${(value / 1e9).toFixed(2)} GB`;
}

/// 93784 as "1 d 2 h": the two largest units.
export function span(value) {
  const units = text("units"), all = Math.floor(value);
  const parts = [
    [Math.floor(all / 86400), units.d], [Math.floor(all / 3600) % 24, units.h], [Math.floor(all / 60) % 60, units.min], [all % 60, units.s],
  ];
  const first = Math.max(0, parts.findIndex(([number]) => number > 0));
  return (all === 0 ? parts.slice(3) : parts.slice(first, first + 2)).map(([number, unit]) => `${number} ${unit}`).join(" ");
}
