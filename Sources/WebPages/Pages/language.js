// The page's language. Its texts are in its own strings.js.

import { strings } from "./strings.js";

const key = "language";
let language = firstLanguage();

function firstLanguage() {
  let remembered = null;
  try { remembered = localStorage.getItem(key); } catch { /* storage is disabled */ }
  if (Object.keys(strings).includes(remembered)) return remembered;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/// The text for a key, or a function that fills in values.
export const text = (name) => strings[language][name];

export const spoken = () => language;

export const locale = () => (language === "zh" ? "zh-CN" : "en-GB");

/// Fills in the document's fixed texts. `changed` is called after that, and whenever the language is switched.
export function startSpeaking(changed) {
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      language = button.dataset.language;
      try { localStorage.setItem(key, language); } catch { /* storage is disabled */ }
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
