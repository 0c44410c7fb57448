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
// A figure and its unit stay on one line.
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

export function seconds(value) {
  if (value == null) return nothing;
  if (value === 0) return joined("0", "s");
  if (value < 0.001) return joined(upTo(0, value * 1e6), "µs");
  if (value < 1) return joined(upTo(value < 0.01 ? 2 : value < 0.1 ? 1 : 0, value * 1000), "ms");
  return joined(value < 10 ? value.toFixed(2) : upTo(value < 100 ? 1 : 0, value), "s");
}

export function bytes(value) {
  if (value == null) return nothing;
  if (value < 1e6) return joined(upTo(0, value / 1e3), "KB");
  if (value < 1e9) return joined(upTo(value < 1e7 ? 1 : 0, value / 1e6), "MB");
  return joined(upTo(2, value / 1e9), "GB");
}

export function clock(value) {
  const all = Math.round(value), two = (number) => String(number).padStart(2, "0");
  return all < 3600 ? `${Math.floor(all / 60)}:${two(all % 60)}` : `${Math.floor(all / 3600)}:${two(Math.floor(all / 60) % 60)}:${two(all % 60)}`;
}

export const time = (iso) => new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { timeStyle: "medium" }).format(new Date(iso));
