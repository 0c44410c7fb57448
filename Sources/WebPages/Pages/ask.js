// What a console asks its server, and what it says when the server refuses.

import { text } from "./language.js";

const key = "sakuga.token";

export function keptToken() {
  try { return sessionStorage.getItem(key); } catch { return null; }
}

export function keepToken(token) {
  try {
    if (token) sessionStorage.setItem(key, token);
    else sessionStorage.removeItem(key);
  } catch { /* storage is switched off: the token is asked for again */ }
}

/// The server's refusal: its status, and its problem with a code for programs and a sentence in English.
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `status ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

export async function ask(path, options = {}) {
  const token = keptToken(), headers = { "X-Sakuga-Console": "1" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (options.body) headers["Content-Type"] = "application/json";
  const response = await fetch(path, { ...options, headers, cache: "no-store" });
  if (response.ok) return response;
  throw new Refused(response.status, await response.json().catch(() => ({})));
}

/// What went wrong and what to do, in the page's language. The words for the server's codes are the page's; where one is missing
/// there is the status, and in English the server's own sentence.
export function saying(error) {
  const words = text("refusals");
  if (!(error instanceof Refused)) return error instanceof TypeError ? words.unreachable : words.broken;
  const { problem, status } = error, known = words[problem.code];
  if (known) return typeof known === "function" ? known(problem) : known;
  return words.unknown(status, problem.detail);
}
