// Which of the two languages the page speaks, and everything that says the same in each.

import { languages, strings } from "./strings.js";
import { recall, remember } from "./keep.js";

let language = firstLanguage();

function firstLanguage() {
  const remembered = recall("language");
  if (languages.includes(remembered)) return remembered;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/// The words for a key: a text, or a function that fills in values.
export const text = (key) => strings[language][key];

export const spoken = () => language;

/// Fills in the document's fixed words; `changed` is called after that, now and whenever the language is switched.
export function startSpeaking(changed) {
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      language = button.dataset.language;
      remember("language", language);
      speak(changed);
    });
  }
  speak(changed);
}

function speak(changed) {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", text(element.dataset.label));
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
  changed();
}
