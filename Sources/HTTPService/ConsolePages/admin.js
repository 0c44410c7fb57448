// What the console asks the server.

import { ask } from "./ask.js";

/// `drain` or `resume`; gives the state after it.
export async function turn(what) {
  return (await ask(`/admin/${what}`, { method: "POST" })).json();
}
