// How a console keeps in touch with its server: somebody signs in, the events are followed, a broken connection is taken up again.

import { ask, keepToken, keptToken, Refused, saying } from "./ask.js";
import { find, show } from "./elements.js";
import { pause, readEvents } from "./events.js";
import { text } from "./language.js";

let about = null;
/// The connection that is followed; another one replaces it.
let connection = null;
/// Whether there is something to show.
let isOpen = false;
/// Why the figures on show are old; null when they are not.
let trouble = null;
/// Whether a token was shown that did not open.
let isWrong = false;

export const isLost = () => trouble !== null;

/// Follows the server for as long as the page is open. `theirs`: `events`, the path of what is followed; `begin`, awaited at the
/// beginning of each connection; `history` and `state`, which get what is told; `close`, when nothing may be shown any more; `render`.
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

/// What this says, in the language of now.
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
