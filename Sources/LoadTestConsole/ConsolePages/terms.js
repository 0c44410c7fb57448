// The load test's own terms in the page's language. It writes them in English: its names for loads, shapes and causes stand in
// reports and CSV files, which are the same for everybody. What is not known here, such as a name out of a scenario, stays as it is.

import { text } from "./language.js";

/// `kind`: `loads`, `shapes`, `waits`, `causes` or `sentences`.
export function term(kind, words) {
  for (const [pattern, write] of text("terms")[kind] ?? []) {
    const found = pattern.exec(words ?? "");
    if (found) return write(...found.slice(1));
  }
  return words ?? "";
}
