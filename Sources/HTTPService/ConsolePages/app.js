// The console: the service's state, and the buttons to drain and resume it.

import { turn } from "./admin.js";
import { saying } from "./ask.js";
import { beginWith, remember, render } from "./board.js";
import { isLost, keepInTouch, speakOfConnection } from "./connection.js";
import { find, show } from "./elements.js";
import { span } from "./figures.js";
import { spoken, startSpeaking, text } from "./language.js";

let state = null;
let announced = null;
/// Why draining or resuming failed; null if it did not.
let refused = null;
let isTurning = false;

function showAll() {
  speakOfConnection();
  show("refused", refused ? text("failedToSwitch")(saying(refused)) : "");
  for (const id of ["drain", "resume"]) find(id).disabled = isLost() || isTurning;
  if (!state) return;
  showState();
  render(state);
}

function showState() {
  const { jobs } = state, left = jobs.running + jobs.waiting;
  const name = state.accepting ? "taking" : left > 0 ? "draining" : "drained";
  const style = state.styles.find((each) => each.is_default) ?? state.styles[0];
  find("lamp").dataset.state = isLost() ? "unknown" : state.accepting ? "taking" : "draining";
  find("state-name").textContent = text(name);
  find("state-note").textContent = [
    name === "draining" ? text("drainingNote")(jobs.running, jobs.waiting) : name === "drained" ? text("drainedNote")(jobs.queued) : "",
    text("about")(span(state.at), state.version, style?.title[spoken()] ?? style?.name),
  ].filter(Boolean).join("\n");
  find("drain").hidden = !state.accepting;
  find("resume").hidden = state.accepting;
  show("queue-problem", state.queue_problem ? text("queueProblem")(state.queue_problem) : "");
  if (announced !== name) {
    if (announced !== null) find("announcer").textContent = text(name);
    announced = name;
  }
}

async function change(what) {
  isTurning = true;
  refused = null;
  showAll();
  try {
    state = await turn(what);
  } catch (error) {
    refused = error;
  }
  isTurning = false;
  showAll();
  if (!refused) find(what === "drain" ? "resume" : "drain").focus();
}

find("drain").addEventListener("click", () => find("confirm").showModal());
find("resume").addEventListener("click", () => change("resume"));
find("confirm-no").addEventListener("click", () => find("confirm").close());
find("confirm-yes").addEventListener("click", () => {
  find("confirm").close();
  change("drain");
});

startSpeaking(showAll);
keepInTouch({
  events: "/admin/events",
  begin: async () => {},
  history: beginWith,
  state: (data) => {
    state = data;
    remember(state);
    showAll();
  },
  close: () => { state = null; refused = null; },
  render: showAll,
});
