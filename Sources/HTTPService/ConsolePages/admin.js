// What the console asks the server.

import { readEvents } from "./events.js";

const key = "sakuga.admin";

export function keptToken() {
  try { return sessionStorage.getItem(key); } catch { return null; }
}

export function keepToken(token) {
  try {
    if (token) sessionStorage.setItem(key, token);
    else sessionStorage.removeItem(key);
  } catch { /* storage is switched off: the token is asked for again */ }
}

/// The server's refusal: its status and its sentence.
export class Refused extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  const token = keptToken(), headers = { "X-Sakuga-Console": "1" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(path, { ...options, headers, cache: "no-store" });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Refused(response.status, problem.detail ?? response.statusText);
}

/// Follows the service until the connection ends: `told` gets `history` once, then `state` each second.
export async function follow(signal, told) {
  await readEvents(await ask("/admin/events", { signal }), ({ name, data }) => told(name, data));
}

/// `drain` or `resume`; gives the state after it.
export async function turn(what) {
  return (await ask(`/admin/${what}`, { method: "POST" })).json();
}
