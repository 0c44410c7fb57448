// What the page asks the server.

import { ask } from "./ask.js";

export const profile = async () => (await ask("/loadtest/profile")).json();
export const runs = async () => (await ask("/loadtest/runs")).json();

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
