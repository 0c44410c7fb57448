// The console: signed in or not, connected or not, and the two switches.

import { follow, keepToken, keptToken, Refused, turn } from "./admin.js";
import { beginWith, remember, render } from "./board.js";
import { pause } from "./events.js";
import { span, spoken, startSpeaking, text } from "./words.js";

const find = (id) => document.getElementById(id);
let state = null;
/// The connection that is followed; another one replaces it.
let connection = null;
let announced = null;
/// Whether the figures on show are old.
let isLost = false;

function show() {
  find("sign-out").hidden = !keptToken() || !state;
  if (!state) return;
  const { jobs } = state, left = jobs.running + jobs.waiting;
  const name = state.accepting ? "taking" : left > 0 ? "draining" : "drained";
  const style = state.styles.find((each) => each.is_default) ?? state.styles[0];
  find("lamp").dataset.state = isLost ? "unknown" : state.accepting ? "taking" : "draining";
  find("state-name").textContent = text(name);
  find("state-note").textContent = [
    name === "draining" ? text("drainingNote")(jobs.running, jobs.waiting) : name === "drained" ? text("drainedNote")(jobs.queued) : "",
    text("about")(span(state.at), state.version, style?.title[spoken()] ?? style?.name),
  ].filter(Boolean).join("\n");
  find("drain").hidden = !state.accepting;
  find("resume").hidden = state.accepting;
  find("queue-problem").hidden = !state.queue_problem;
  find("queue-problem").textContent = state.queue_problem ? text("queueProblem")(state.queue_problem) : "";
  if (announced !== name) {
    if (announced !== null) find("announcer").textContent = text(name);
    announced = name;
  }
  render(state);
}

function showSignIn(isWrong) {
  find("board").hidden = true;
  find("sign-in").hidden = false;
  find("sign-in-wrong").hidden = !isWrong;
  find("sign-in-wrong").textContent = isWrong ? text("tokenWrong") : "";
  find("token").focus();
}

function showLost(isNow) {
  isLost = isNow;
  find("lost").hidden = !isLost;
  find("lost").textContent = isLost ? text("lost") : "";
  for (const id of ["drain", "resume"]) find(id).disabled = isLost;
  show();
}

/// Follows the service for as long as the page is open, through broken connections.
async function connect() {
  connection?.abort();
  const ours = new AbortController();
  connection = ours;
  for (let failures = 0; !ours.signal.aborted; failures += 1) {
    try {
      await follow(ours.signal, (name, data) => {
        failures = 0;
        if (name === "history") return beginWith(data);
        state = data;
        remember(state);
        find("sign-in").hidden = true;
        find("board").hidden = false;
        showLost(false);
      });
    } catch (error) {
      if (ours.signal.aborted) return;
      if (error instanceof Refused && error.status === 401) {
        state = null;
        const shown = keptToken();
        keepToken(null);
        show();
        return showSignIn(Boolean(shown));
      }
    }
    find("board").hidden = false;
    showLost(true);
    await pause(Math.min(5000, 500 * 2 ** failures), ours.signal).catch(() => {});
  }
}

async function change(what) {
  for (const id of ["drain", "resume"]) find(id).disabled = true;
  try {
    state = await turn(what);
    show();
    find(what === "drain" ? "resume" : "drain").disabled = false;
    find(what === "drain" ? "resume" : "drain").focus();
  } catch (error) {
    find("lost").hidden = false;
    find("lost").textContent = text("failedToSwitch")(error.message);
  } finally {
    for (const id of ["drain", "resume"]) find(id).disabled = false;
  }
}

find("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  keepToken(find("token").value.trim());
  find("token").value = "";
  connect();
});
find("sign-out").addEventListener("click", () => {
  connection?.abort();
  keepToken(null);
  state = null;
  show();
  showSignIn(false);
});
find("drain").addEventListener("click", () => find("confirm").showModal());
find("resume").addEventListener("click", () => change("resume"));
find("confirm-no").addEventListener("click", () => find("confirm").close());
find("confirm-yes").addEventListener("click", () => {
  find("confirm").close();
  change("drain");
});

startSpeaking(show);
connect();
