// Finding and creating elements.

export const find = (id) => document.getElementById(id);

export function element(name, words = "", className = "") {
  return Object.assign(document.createElement(name), { textContent: words, className });
}

/// Shows a text, or hides the element if it is empty.
export function show(id, words) {
  find(id).hidden = !words;
  find(id).textContent = words || "";
}
