// The style and the size of the next photos.

import { spoken, text } from "./language.js";
import { recall, remember } from "./keep.js";

const find = (id) => document.getElementById(id);
let styles = [];
let changed = () => {};

/// `changed` is called when the choice has changed.
export function onChoice(listener) { changed = listener; }

const checked = (name) => document.querySelector(`input[name="${name}"]:checked`)?.value ?? null;

export const chosen = () => ({ style: checked("style"), size: checked("size") ?? "512" });

export function isChosen(card) {
  const { style, size } = chosen();
  return card.size === size && (card.style ?? defaultStyle()) === (style ?? defaultStyle());
}

const defaultStyle = () => styles.find((style) => style.isDefault)?.name ?? null;

/// The title of a style; empty if there is only one.
export function styleTitle(name) {
  if (styles.length < 2 && (name ?? defaultStyle()) === defaultStyle()) return "";
  return styles.find((style) => style.name === (name ?? defaultStyle()))?.title[spoken()] ?? name;
}

/// Shows the server's styles and sizes.
export function showOffer(offered) {
  styles = offered.styles;
  showSizes(offered.sizes);
  showStyles();
}

export function showStyles() {
  const current = checked("style") ?? recall("style");
  const selected = styles.find((style) => style.name === current) ?? styles.find((style) => style.isDefault);
  find("styles").replaceChildren(
    ...styles.map((style) => choice("style", style.name, style.title[spoken()], style === selected, style.thumbnail)));
  find("style-field").hidden = styles.length < 2;
  showStyleNote();
}

export function showSizes({ minimum, maximum }) {
  const sizes = [256, 512, 768, 1024].filter((size) => size >= minimum && size <= maximum);
  if (sizes.length === 0) sizes.push(maximum);
  const remembered = Number(checked("size") ?? recall("size"));
  const usual = sizes.includes(remembered) ? remembered : sizes.includes(512) ? 512 : sizes.at(-1);
  find("sizes").replaceChildren(...sizes.map((size) => choice("size", String(size), String(size), size === usual)));
}

function choice(name, value, label, isChecked, picture) {
  const input = Object.assign(document.createElement("input"), { type: "radio", name, value, checked: isChecked });
  const caption = Object.assign(document.createElement("span"), { textContent: label });
  if (picture) caption.prepend(Object.assign(document.createElement("img"), { src: picture, alt: "" }));
  const element = document.createElement("label");
  element.append(input, caption);
  input.addEventListener("change", () => {
    remember(name, value);
    showStyleNote();
    changed();
  });
  return element;
}

function showStyleNote() {
  const style = styles.find((each) => each.name === checked("style"));
  find("style-note").textContent = style?.description[spoken()] ?? "";
}

/// Says that the choice only applies to new photos, if there are others.
export function showChoiceNote(isWorthIt) {
  find("choice-note").hidden = !isWorthIt;
  find("choice-note").textContent = text("choiceNote");
}
