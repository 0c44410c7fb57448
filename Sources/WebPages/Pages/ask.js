// A console's requests to its server, and the messages for errors.

import { text } from "./language.js";

const key = "sakuga.token";

export function keptToken() {
  try { return sessionStorage.getItem(key); } catch { return null; }
}

export function keepToken(token) {
  try {
    if (token) sessionStorage.setItem(key, token);
    else sessionStorage.removeItem(key);
  } catch { /* storage is disabled: the token is requested again */ }
}

/// An error response: its status, and its problem document with a code for programs and a message in English.
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

/// The message for an error, in the page's language.
export function saying(error) {
  if (error instanceof Refused) return sayingProblem(error.problem, error.status);
  return text("refusals")[error instanceof TypeError ? "unreachable" : "broken"];
}

/// The message for a problem document: `{ code, detail, facts }`. Without a text for its code the message has the status, and in English the
/// server's own message.
export function sayingProblem({ code, detail, facts }, status) {
  const words = text("refusals"), known = words[code];
  return typeof known === "function" ? known(facts ?? {}, detail) : known ?? words.unknown(status, detail);
}
