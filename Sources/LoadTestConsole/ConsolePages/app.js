// The console: signed in or not, connected or not, and what it shows of the run.

import { follow, keepToken, keptToken, profile as askProfile, Refused } from "./api.js";
import * as controls from "./controls.js";
import { pause } from "./events.js";
import * as live from "./live.js";
import { keepUp, showDownloads, showPast } from "./past.js";
import { showExceptions, showFailures, showRatio, showRequests, showSteps } from "./tables.js";
import { beginTabs, chosenTab, speakTabs } from "./tabs.js";
import { bytes, clock, count, nothing, percent, rate, seconds, share, startSpeaking, text } from "./words.js";

const find = (id) => document.getElementById(id);
let profile = null;
let state = null;
/// The connection that is followed; another one replaces it.
let connection = null;
let announced = null;
/// Whether the figures on show are old.
let isLost = false;
let downloadsFor = null;

function showRun() {
  const { snapshot } = state, { phase, stage } = snapshot, isOver = ["idle", "finished"].includes(phase);
  find("lamp").dataset.phase = isLost ? "unknown" : phase;
  find("phase").textContent = text("phases")[phase];
  find("stage").textContent = [
    stage && phase !== "idle" ? text("stage")(stage.index + 1, stage.count, stage.label) : "", phase === "settling" ? text("settlingNote") : "",
  ].filter(Boolean).join(" · ");
  find("clock").textContent = phase === "idle" ? "" : text("clock")(clock(snapshot.elapsed), isOver || snapshot.remaining == null ? null : clock(snapshot.remaining));
  find("progress").hidden = isOver || snapshot.remaining == null;
  find("progress-bar").value = snapshot.elapsed / (snapshot.elapsed + (snapshot.remaining ?? 0) || 1);
  find("target").textContent = text("target")(
    profile.target, profile.requests.map(({ method, name }) => `${method} ${name}`).join(", "), profile.wait, profile.objectives.join(", "));
  const trouble = [state.trouble, snapshot.invalid].filter(Boolean).join(" ");
  find("trouble").hidden = !trouble;
  find("trouble").textContent = trouble;
  const told = `${text("phases")[phase]} ${stage?.label ?? ""}`;
  if (announced !== told) {
    if (announced !== null) find("announcer").textContent = told;
    announced = told;
  }
}

function showTiles() {
  const { snapshot } = state, { second, window, target, generator } = snapshot, of = (value) => seconds(value == null ? null : value / 1000);
  const tiles = [
    ["qps", text("tileQps"), rate(second.seconds ? (second.requests - second.failures) / second.seconds : second.throughput), text("tileQpsBeside")(rate(window.throughput))],
    ["mean", text("tileMean"), of(second.mean), text("tileMeanBeside")(of(second.p50))],
    ["p95", text("tileP95"), of(second.p95), text("tileP95Beside")(of(window.p95), of(window.p99))],
    ["errors", text("tileErrors"), share(window.requests ? window.failures / window.requests : null), text("tileErrorsBeside")(count(window.failures), count(window.requests))],
    profile.is_open ? ["users", text("tileRate"), count(snapshot.level?.rate?._0), text("tileUsersBeside")(count(snapshot.in_flight))]
      : ["users", text("tileUsers"), count(snapshot.users), text("tileUsersBeside")(count(snapshot.in_flight))],
    ["cpu", text("tileCpu"), percent(target?.cpu_percent), text("tileCpuBeside")(percent(generator.cpu_percent))],
    ["memory", text("tileMemory"), bytes(target?.resident_bytes), target ? text("tileMemoryBeside")(target.threads, target.descriptors) : text("notWatched")],
    ["queue", text("tileQueue"), count(target?.queued ?? target?.waiting), target?.queued == null && target?.waiting == null ? text("notWatched") : text("tileQueueBeside")],
  ];
  find("tiles").replaceChildren(...tiles.map(([id, name, value, beside]) => {
    const tile = Object.assign(document.createElement("div"), { className: "tile" });
    tile.dataset.tile = id;
    tile.append(...[["dt", "", name], ["dd", "value", value ?? nothing], ["dd", "beside", beside]].map(([kind, className, words]) =>
      Object.assign(document.createElement(kind), { className, textContent: words })));
    return tile;
  }));
}

/// Only the view that is on show is made.
function showView() {
  const { snapshot } = state;
  speakTabs({ failures: snapshot.failures.length, exceptions: [state.trouble, snapshot.invalid].filter(Boolean).length });
  switch (chosenTab()) {
    case "charts": return live.render(find("charts"));
    case "statistics": showRequests(snapshot); return showSteps(state.steps);
    case "failures": return showFailures(snapshot);
    case "exceptions": return showExceptions(state);
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

function show() {
  find("sign-out").hidden = !keptToken() || !state;
  controls.speak();
  if (!state || !profile) return;
  refresh();
  showPast();
}

function refresh() {
  showRun();
  showTiles();
  controls.show(state, isLost);
  showView();
}

function failed(sentence) {
  find("wrong").hidden = !sentence;
  find("wrong").textContent = sentence ?? "";
}

async function changed(next) {
  state = next;
  if (await keepUp(state.runs)) { downloadsFor = null; showPast(); }
  refresh();
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
  if (state) refresh();
}

/// Follows the test for as long as the page is open, through broken connections.
async function connect() {
  connection?.abort();
  const ours = new AbortController();
  connection = ours;
  for (let failures = 0; !ours.signal.aborted; failures += 1) {
    try {
      ({ profile } = await askProfile());
      controls.begin(profile, { changed, failed });
      await follow(ours.signal, (name, data) => {
        failures = 0;
        if (name === "history") return live.beginWith(data);
        isLost = false;
        live.remember(data.snapshot);
        find("sign-in").hidden = true;
        find("board").hidden = false;
        find("lost").hidden = true;
        find("sign-out").hidden = !keptToken();
        return void changed(data);
      });
    } catch (error) {
      if (ours.signal.aborted) return;
      if (error instanceof Refused && error.status === 401) {
        state = null;
        const shown = keptToken();
        keepToken(null);
        show();
        showSignIn(Boolean(shown));
        return;
      }
    }
    find("board").hidden = false;
    showLost(true);
    await pause(Math.min(5000, 500 * 2 ** failures), ours.signal).catch(() => {});
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
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);

beginTabs(() => { if (state) { downloadsFor = null; showView(); showPast(); } });
startSpeaking(show);
connect();
