// The console: what it shows of the run.

import { profile as askProfile } from "./api.js";
import { saying, sayingProblem } from "./ask.js";
import { isLost, keepInTouch, speakOfConnection } from "./connection.js";
import * as controls from "./controls.js";
import { find, show } from "./elements.js";
import { bytes, clock, count, percent, rate, seconds, share } from "./figures.js";
import { startSpeaking, text } from "./language.js";
import * as live from "./live.js";
import { keepUp, showDownloads, showPast } from "./past.js";
import { showExceptions, showFailures, showRatio, showRequests, showSteps } from "./tables.js";
import { beginTabs, chosenTab, speakTabs } from "./tabs.js";
import { term } from "./terms.js";
import { showTiles } from "./tiles.js";

let profile = null;
let state = null;
let announced = null;
/// Why the last thing that was asked for was not done; null when it was.
let refused = null;
let downloadsFor = null;

function showRun() {
  const { snapshot } = state, { phase, stage } = snapshot, isOver = ["idle", "finished"].includes(phase);
  find("lamp").dataset.phase = isLost() ? "unknown" : phase;
  find("phase").textContent = text("phases")[phase];
  find("stage").textContent = [
    stage && phase !== "idle" ? text("stage")(stage.index + 1, stage.count, term("loads", stage.label)) : "", phase === "settling" ? text("settlingNote") : "",
  ].filter(Boolean).join(" · ");
  find("clock").textContent = phase === "idle" ? "" : text("clock")(clock(snapshot.elapsed), isOver || snapshot.remaining == null ? null : clock(snapshot.remaining));
  find("progress").hidden = isOver || snapshot.remaining == null;
  find("progress-bar").value = snapshot.elapsed / (snapshot.elapsed + (snapshot.remaining ?? 0) || 1);
  find("target").textContent = text("target")(
    profile.target, profile.requests.map(({ method, name }) => `${method} ${name}`).join(", "), term("waits", profile.wait), profile.objectives.join(", "));
  show("trouble", troubles().join(" "));
  const told = `${text("phases")[phase]} ${term("loads", stage?.label)}`;
  if (announced !== told) {
    if (announced !== null) find("announcer").textContent = told;
    announced = told;
  }
}

/// Why the last run could not be done, and why the figures of this one don't count.
function troubles() {
  const { trouble, trouble_code: code, trouble_facts: facts, snapshot } = state;
  return [trouble && sayingProblem({ code, detail: trouble, facts }), term("sentences", snapshot.invalid)].filter(Boolean);
}

function showNow() {
  const { snapshot } = state, { second, target, generator } = snapshot, of = (value) => seconds(value == null ? null : value / 1000);
  // The last step is closed when a run is over; what is left to tell is the run.
  const isOver = snapshot.phase === "finished", window = isOver ? snapshot.total : snapshot.window;
  showTiles([
    ["qps", text("tileQps"), rate(second.seconds ? (second.requests - second.failures) / second.seconds : second.throughput), text("tileQpsBeside")(rate(window.throughput), isOver)],
    ["mean", text("tileMean"), of(second.mean), text("tileMeanBeside")(of(second.p50))],
    ["p95", text("tileP95"), of(second.p95), text("tileP95Beside")(of(window.p95), of(window.p99), isOver)],
    ["errors", text("tileErrors"), share(window.requests ? window.failures / window.requests : null), text("tileErrorsBeside")(count(window.failures), count(window.requests), isOver)],
    profile.is_open ? ["users", text("tileRate"), count(snapshot.level?.rate?._0), text("tileUsersBeside")(count(snapshot.in_flight))]
      : ["users", text("tileUsers"), count(snapshot.users), text("tileUsersBeside")(count(snapshot.in_flight))],
    ["cpu", text("tileCpu"), percent(target?.cpu_percent), text("tileCpuBeside")(percent(generator.cpu_percent))],
    ["memory", text("tileMemory"), bytes(target?.resident_bytes), target ? text("tileMemoryBeside")(target.threads, target.descriptors) : text("notWatched")],
    ["queue", text("tileQueue"), count(target?.queued ?? target?.waiting), target?.queued == null && target?.waiting == null ? text("notWatched") : text("tileQueueBeside")],
  ]);
}

/// Only the view that is on show is made.
function showView() {
  const { snapshot } = state;
  speakTabs({ failures: snapshot.failures.length, exceptions: troubles().length });
  switch (chosenTab()) {
    case "charts": return live.render(find("charts"));
    case "statistics": showRequests(snapshot); return showSteps(state.steps);
    case "failures": return showFailures(snapshot);
    case "exceptions": return showExceptions(snapshot, troubles());
    case "ratio": return showRatio(snapshot);
    case "downloads": {
      // Made anew only when there is something else to choose: a list that somebody has opened would close.
      const now = `${state.runs.join()} ${["idle", "finished"].includes(snapshot.phase)} ${document.documentElement.lang}`;
      if (now !== downloadsFor) { downloadsFor = now; showDownloads(snapshot.phase, failed); }
      return undefined;
    }
    default: return undefined;
  }
}

function showAll() {
  speakOfConnection();
  controls.speak();
  showRefusal();
  if (!state || !profile) return;
  refresh();
  showPast();
}

function refresh() {
  showRun();
  showNow();
  controls.show(state, isLost());
  showView();
}

function showRefusal() {
  show("wrong", refused ? saying(refused) : "");
  controls.blame(refused?.problem?.facts?.field);
}

/// Tells why something was not done; null takes it back.
function failed(error) {
  refused = error;
  showRefusal();
}

async function changed(next) {
  state = next;
  if (await keepUp(state.runs)) { downloadsFor = null; showPast(); }
  if (state) refresh();
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showAll);

beginTabs(() => { if (state) { downloadsFor = null; showView(); showPast(); } });
startSpeaking(showAll);
keepInTouch({
  events: "/loadtest/events",
  begin: async () => {
    ({ profile } = await askProfile());
    controls.begin(profile, { changed, failed });
  },
  history: live.beginWith,
  state: (data) => {
    live.remember(data.snapshot);
    changed(data);
  },
  close: () => { state = null; refused = null; },
  render: () => { if (state) refresh(); },
});
