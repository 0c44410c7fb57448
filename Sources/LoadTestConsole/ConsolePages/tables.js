// The tables of the views.

import { element, find } from "./elements.js";
import { bytes, clock, count, nothing, percent, plain, rate, seconds, share, time } from "./figures.js";
import { text } from "./language.js";
import { term } from "./terms.js";

/// Rows of cells into a table; a cell is words or `{ words, className, pill }`. The first cell of a row is its head.
export function fillTable(id, head, rows) {
  const cell = (name, content) => {
    const { words, className = "", pill } = typeof content === "object" && content ? content : { words: content };
    const made = element(name, pill ? "" : words, className);
    if (pill) made.append(element("span", words, `pill ${pill}`));
    return made;
  };
  const row = (cells, isHead) => {
    const made = document.createElement("tr");
    made.append(...cells.map((content, index) => {
      const isHeading = isHead || index === 0, one = cell(isHeading ? "th" : "td", content);
      if (isHeading) one.scope = isHead ? "col" : "row";
      return one;
    }));
    return made;
  };
  const [top, body] = [document.createElement("thead"), document.createElement("tbody")];
  top.append(row(head, true));
  body.append(...rows.map((cells) => row(cells, false)));
  find(id).replaceChildren(top, body);
  find(id).hidden = rows.length === 0;
}

export const words = (content) => ({ words: content, className: "words" });
const milliseconds = (value) => seconds(value == null ? null : value / 1000);

export function showRequests({ requests }) {
  fillTable("requests", [words(text("request")), text("requests"), text("failures"), text("qps"), text("mean"), "P50", "P95", "P99"], requests.map(({ name, method, figures }) => [
    words(`${method} ${name}`), count(figures.requests), count(figures.failures), rate(figures.throughput), milliseconds(figures.mean), milliseconds(figures.p50),
    milliseconds(figures.p95), milliseconds(figures.p99)]));
}

export function stepCells(step) {
  const mark = (content, isBad) => ({ words: content, className: isBad ? "bad" : "" });
  return [
    rate(step.throughput), seconds(step.mean), seconds(step.p50), { words: `${step.is_p95_claimable ? "" : "≈ "}${seconds(step.p95)}`, className: step.is_p95_claimable ? "" : "unsure" },
    seconds(step.p99), mark(share(step.error_share), false), percent(step.cpu), bytes(step.rss),
  ];
}

export function showSteps(steps) {
  const hasVerdict = steps.some((step) => step.verdict);
  const head = [words(text("load")), text("qps"), text("mean"), "P50", "P95", "P99", text("errors"), text("cpu"), text("rss"), ...(hasVerdict ? [text("verdict")] : [])];
  fillTable("steps", head, steps.map((step) => [
    words(term("loads", step.label)), ...stepCells(step), ...(hasVerdict ? [{ words: text("verdicts")[step.verdict] ?? nothing, pill: step.verdict ?? "none" }] : [])]));
  find("no-steps").hidden = steps.length > 0;
}

export function showFailures({ failures }) {
  find("no-failures").hidden = failures.length > 0;
  fillTable("failures", [words(text("cause")), text("times"), words(text("request")), words(text("sample"))], failures.map((one) => [
    words(term("causes", one.cause)), count(one.count), words(one.request), { words: one.sample ?? "", className: "words wide" }]));
}

export function showExceptions(snapshot, troubles) {
  const { generator } = snapshot, own = text("own"), all = [...troubles, term("sentences", snapshot.note)].filter(Boolean);
  find("exceptions").replaceChildren(...(all.length ? all : [text("noExceptions")]).map((sentence) => element("li", sentence)));
  const facts = [
    [own.cpu, text("ofCores")(percent(generator.cpu_percent), generator.cores)], [own.lag, milliseconds(generator.lag_milliseconds)],
    [own.memory, bytes(generator.resident_bytes)], [own.dropped, count(snapshot.dropped_starts)]];
  find("own").replaceChildren(...facts.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
}

export function showRatio({ requests }) {
  const all = requests.reduce((sum, { figures }) => sum + figures.requests, 0);
  fillTable("ratio", [words(text("request")), text("planned"), text("actual")], requests.map(({ name, method, share: planned, figures }) => [
    words(`${method} ${name}`), share(planned), all ? share(figures.requests / all) : nothing]));
}

export function showRuns(runs) {
  find("no-runs").hidden = runs.length > 0;
  fillTable("runs", [words(text("started")), words(text("load")), text("took"), text("peakQps"), text("verdict")], runs.toReversed().map((run) => [
    words(time(run.started)), { words: term("shapes", run.load), className: "words wide" }, clock(run.seconds), rate(Math.max(0, ...run.steps.map((step) => step.throughput))),
    { words: text("verdicts")[run.outcome], pill: run.outcome }]));
}

export const loadOf = (step) => step.users ?? step.rate ?? null;

/// Two runs side by side, by load.
export function showComparison(first, second) {
  const loads = [...new Set([...first.steps, ...second.steps].map(loadOf))].filter((load) => load != null).sort((a, b) => a - b);
  const at = (run, load) => run.steps.find((step) => loadOf(step) === load);
  const triple = (a, b, write, isMoreBetter) => {
    const change = a && b != null && a != null ? b / a - 1 : null, isEven = change == null || Math.abs(change) < 0.03;
    const words = change == null ? nothing : `${change < 0 ? "−" : "+"}${(Math.abs(change) * 100).toFixed(0)}%`;
    return [write(a), write(b), { words, className: isEven ? "" : change > 0 === isMoreBetter ? "better" : "worse" }];
  };
  const name = (metric) => [`${metric}, ${text("before")}`, text("after"), text("difference")];
  fillTable("compared", [words(text("load")), ...name(text("qps")), ...name("P95")], loads.map((load) => {
    const [a, b] = [at(first, load), at(second, load)];
    return [words(plain(load)), ...triple(a?.throughput ?? null, b?.throughput ?? null, rate, true), ...triple(a?.p95 ?? null, b?.p95 ?? null, seconds, false)];
  }));
}
