// A console's connection to its server: signing in, following events, and reconnecting.

import { ask, keepToken, keptToken, Refused, saying } from "./ask.js";
import { find, show } from "./elements.js";
import { pause, readEvents } from "./events.js";
import { text } from "./language.js";

let about = null;
/// The abort controller of the current connection.
let connection = null;
/// Whether a state has been received.
let isOpen = false;
/// Why the values shown are out of date; null if they are current.
let trouble = null;
/// Whether the token entered last was wrong.
let isWrong = false;

export const isLost = () => trouble !== null;

/// Follows the server's events while the page is open. `theirs` has `events`, the path of the stream; `begin`, awaited at the start of each
/// connection; `history` and `state`, called with the data of those events; `close`, called when the user signs out; and `render`.
export function keepInTouch(theirs) {
  about = theirs;
  find("sign-in").addEventListener("submit", (event) => {
    event.preventDefault();
    keepToken(find("token").value.trim());
    find("token").value = "";
    follow();
  });
  find("sign-out").addEventListener("click", () => {
    connection?.abort();
    keepToken(null);
    askForToken(false);
  });
  follow();
}

/// Shows the connection's messages in the current language.
export function speakOfConnection() {
  find("sign-out").hidden = !keptToken() || !isOpen;
  show("sign-in-wrong", isWrong ? text("tokenWrong") : "");
  show("lost", trouble === null ? "" : trouble instanceof Refused ? saying(trouble) : text("lost"));
}

function askForToken(wasWrong) {
  isWrong = wasWrong;
  isOpen = false;
  trouble = null;
  find("board").hidden = true;
  find("sign-in").hidden = false;
  find("token").focus();
  about.close();
  speakOfConnection();
}

function told({ name, data }) {
  if (name === "history") return about.history(data);
  trouble = null;
  isOpen = true;
  isWrong = false;
  find("sign-in").hidden = true;
  find("board").hidden = false;
  about.state(data);
  return speakOfConnection();
}

async function follow() {
  connection?.abort();
  const ours = new AbortController();
  connection = ours;
  for (let failures = 0; !ours.signal.aborted; failures += 1) {
    let reason = null;
    try {
      await about.begin();
      await readEvents(await ask(about.events, { signal: ours.signal }), (event) => {
        failures = 0;
        if (!ours.signal.aborted) told(event);
      });
    } catch (error) {
      if (ours.signal.aborted) return;
      if (error instanceof Refused && error.status === 401) {
        const shown = keptToken();
        keepToken(null);
        return askForToken(Boolean(shown));
      }
      reason = error;
    }
    find("board").hidden = false;
    trouble = reason ?? new TypeError("the events ended");
    speakOfConnection();
    about.render();
    await pause(Math.min(5000, 500 * 2 ** failures), ours.signal).catch(() => {});
  }
}
