// The console's requests to the server.

import { ask } from "./ask.js";

/// `drain` or `resume`; returns the new state.
export async function turn(what) {
  return (await ask(`/admin/${what}`, { method: "POST" })).json();
}
