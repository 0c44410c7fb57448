// What the page asks the server.

import { readEvents } from "./events.js";

const key = "sakuga.loadtest";

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
  if (options.body) headers["Content-Type"] = "application/json";
  const response = await fetch(path, { ...options, headers, cache: "no-store" });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Refused(response.status, problem.detail ?? response.statusText);
}

export const profile = async () => (await ask("/loadtest/profile")).json();
export const runs = async () => (await ask("/loadtest/runs")).json();

/// Follows the test until the connection ends: `told` gets `history` once, then `state` each second.
export async function follow(signal, told) {
  await readEvents(await ask("/loadtest/events", { signal }), ({ name, data }) => told(name, data));
}

/// `start`, `load` or `stop`; gives the state after it.
export async function order(what, body = {}) {
  return (await ask(`/loadtest/${what}`, { method: "POST", body: JSON.stringify(body) })).json();
}

/// Saves a run's file. A link could not show the token.
export async function download(run, name) {
  const response = await ask(`/loadtest/runs/${encodeURIComponent(run)}/${name}`);
  const named = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? name;
  const address = URL.createObjectURL(await response.blob());
  Object.assign(document.createElement("a"), { href: address, download: named }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
