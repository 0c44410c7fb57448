// Finding and making elements.

export const find = (id) => document.getElementById(id);

export function element(name, words = "", className = "") {
  return Object.assign(document.createElement(name), { textContent: words, className });
}

/// Shows words, or hides the element when there are none.
export function show(id, words) {
  find(id).hidden = !words;
  find(id).textContent = words || "";
}
