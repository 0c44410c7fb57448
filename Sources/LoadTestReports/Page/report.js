// Fills the report from its data; everything again when the language or the colours change.

const find = (id) => document.getElementById(id);
// The file's names are snake_case, as those of summary.json.
const camelCase = (_, value) => (value && typeof value === "object" && !Array.isArray(value)
  ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase()), each])) : value);
const data = JSON.parse(find("data").textContent, camelCase);
const run = data.summary;

function element(name, words = "", className = "") {
  return Object.assign(document.createElement(name), { textContent: words, className });
}

/// Rows of cells into a table; a cell is words or `{ words, className, title, pill }`. The first cell of a row is its head.
function fillTable(id, head, rows) {
  const cell = (name, content) => {
    const { words, className = "", title, pill } = typeof content === "object" && content ? content : { words: content };
    const made = element(name, pill ? "" : words, className);
    if (pill) made.append(element("span", words, `pill ${pill}`));
    if (title) made.title = title;
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
}

const words = (content) => ({ words: content, className: "words" });

function fillList(id, sentences) {
  find(id).replaceChildren(...sentences.map((sentence) => element("li", sentence)));
}

function showVerdict() {
  const { verdict, target } = run, took = (Date.parse(run.ended) - Date.parse(run.started)) / 1000;
  find("verdict").dataset.outcome = verdict.outcome;
  find("stamp").textContent = text("stamps")[verdict.outcome];
  find("headline").textContent = headline(run);
  find("about").textContent = text("about")(target.url, moment(run.started), span(took));
  fillList("reasons", verdict.outcome === "invalid" ? run.generator.complaints : []);
}

function showTiles() {
  const best = bestStep(run.steps), { capacity } = run;
  const all = run.steps.reduce((sum, { counts }) => sum + counts.succeeded + counts.queued + counts.failed, 0);
  const failed = run.steps.reduce((sum, { counts }) => sum + counts.failed, 0);
  const cpu = Math.max(...run.steps.map((step) => cpuOf(step) ?? -1)), cores = coresOf(run);
  const at = (percent) => seconds(best && percentileOf(best.service, percent)?.seconds);
  const kept = best?.verdict && best.verdict !== "failed";
  const tiles = [
    [text(kept ? "tileQpsKept" : "tileQps"), rate(best?.throughput), best ? text("tileAt")(loadWords(best)) : ""],
    [text("tileP95"), at(95), text("tileP95Beside")(at(50), at(99))],
    [text("tileErrors"), share(all ? failed / all : null), text("tileErrorsBeside")(count(failed), count(all))],
    capacity?.recommendedUsers != null ? [text("tileUsers"), count(capacity.recommendedUsers), text("tileRecommended")]
      : capacity?.kneeUsers != null ? [text("tileUsers"), `≈ ${count(Math.round(capacity.kneeUsers))}`, text("tileKnee")]
        : cpu >= 0 ? [text("tileCpu"), percent(cpu), text("tileCpuBeside")(cores)]
          : [text("tileTime"), span(run.steps.reduce((sum, step) => sum + step.seconds, 0)), text("tileTimeBeside")(span(run.steps.reduce((sum, step) => sum + step.droppedSeconds, 0)))],
  ];
  find("tiles").replaceChildren(...tiles.map(([name, value, beside]) => {
    const tile = element("div", "", "tile");
    tile.append(element("dt", name), element("dd", value, "value"), element("dd", beside, "beside"));
    return tile;
  }));
}

const failedMetrics = (step) => new Set(step.objectives.filter(({ verdict }) => verdict === "failed").map(({ objective }) => objective.metric));

function percentileCell(latency, percent, isBad = false) {
  const one = percentileOf(latency, percent);
  if (!one) return nothing;
  return { words: (one.claimable ? "" : "≈ ") + seconds(one.seconds), className: isBad ? "bad" : one.claimable ? "" : "unsure" };
}

const loadHead = () => words(run.steps.some((step) => step.users == null) ? text("load") : text("usersColumn"));
const loadCell = (step) => words(step.users != null && !/[^\d\s]|\d\s+\d/.test(step.label.replace(/users?/, "")) ? String(step.users) : step.label);

function showSteps() {
  const hasVerdict = run.steps.some((step) => step.verdict), hasQueue = run.steps.some((step) => step.resources?.queueLength);
  const head = [loadHead(), ...["qps", "mean"].map(text), "P50", "P95", "P99", text("errors"), text("cpu"), text("rss"), hasQueue && text("queue"), hasVerdict && text("verdict")];
  fillTable("steps", head.filter(Boolean), run.steps.map((step) => {
    const bad = failedMetrics(step), mark = (metric, content) => ({ words: content, className: bad.has(metric) ? "bad" : "" }), { resources } = step;
    const ended = step.counts.succeeded + step.counts.queued + step.counts.failed;
    return [
      { ...loadCell(step), className: `words ${step.verdict ?? ""}` }, mark("qps", rate(step.throughput)), mark("mean", step.service.count ? seconds(step.service.mean) : nothing),
      ...[50, 95, 99].map((percent) => percentileCell(step.service, percent, bad.has(`p${percent}`))),
      mark("errors", share(ended ? step.counts.failed / ended : null)), mark("cpu", percent(cpuOf(step))), mark("rss", bytes(resources?.residentBytes?.maximum)),
      hasQueue && count(resources?.queueLength?.mean), hasVerdict && { words: text("verdicts")[step.verdict] ?? nothing, pill: step.verdict ?? "" },
    ].filter((each) => each !== false);
  }));
  const cores = coresOf(run);
  find("steps-note").textContent = [text("stepsNote"), cores ? text("cpuNote")(cores) : ""].filter(Boolean).join(" ");
  fillList("step-remarks", run.steps.flatMap((step) => [
    ...misses(step).map((sentence) => text("at")(loadWords(step), sentence)),
    ...(step.little && !step.little.isConsistent ? [text("at")(loadWords(step), text("inconsistent"))] : []),
  ]));
}

function showDetails() {
  const hasLittle = run.steps.some((step) => step.little);
  const head = [
    loadHead(), ...["requestsColumn", "seconds", "dropped", "qps", "intervalColumn"].map(text), ...(hasLittle ? ["bound", "unloaded"].map(text) : []),
    ...["correctedP95", "correctedP99", "longest"].map(text)];
  fillTable("details", head, run.steps.map((step) => {
    const { little, throughputInterval: interval } = step;
    return [
      loadCell(step), count(step.counts.succeeded + step.counts.queued + step.counts.failed), span(step.seconds), span(step.droppedSeconds), rate(step.throughput),
      interval ? `${rate(interval.lower)} – ${rate(interval.upper)}` : nothing, ...(hasLittle ? [rate(little?.bound), rate(little?.unloadedBound)] : []),
      percentileCell(step.corrected, 95), percentileCell(step.corrected, 99), step.service.count ? seconds(step.service.maximum) : nothing,
    ];
  }));
  // Loads of which the same is to be said share a sentence.
  const remarks = Map.groupBy(run.steps.filter((step) => step.little?.limit), (step) => step.little.limit);
  fillList("detail-remarks", [...remarks].map(([limit, steps]) => text("at")(steps.map((step) => loadWords(step).trim()).join(", "), text("littleLimits")[limit])));
}

function showLatency() {
  const index = Number(find("step-choice").value) || 0, step = run.steps[index];
  find("latency-section").hidden = !step;
  if (!step) return;
  const interval = (one) => (one?.lower != null && one.upper != null ? `${seconds(one.lower)} – ${seconds(one.upper)}` : nothing);
  fillTable("percentiles", [words(text("percentile")), text("service"), text("interval"), correctedName(step)], step.service.percentiles.map((one) => [
    words(`${one.percent}%`), percentileCell(step.service, one.percent), interval(one), percentileCell(step.corrected, one.percent)]));
  if (hasCharts) drawLatency(find("latency-charts"), step, data.spectra[index]);
}

function showRequests() {
  const head = [words(text("request")), words(text("method")), ...["answers", "queued", "failed", "perSecond", "mean", "shortest"].map(text), "P50", "P95", "P99", text("longest"), text("size")];
  fillTable("requests", head, run.requests.map(({ label, counts, perSecond, service, bytesReceived }) => {
    const ended = counts.succeeded + counts.queued + counts.failed, of = (value) => (service.count ? seconds(value) : nothing);
    return [
      words(label.name), words(label.method), count(counts.succeeded), count(counts.queued), count(counts.failed), rate(perSecond), of(service.mean), of(service.minimum),
      ...[50, 95, 99].map((percent) => percentileCell(service, percent)), of(service.maximum), bytes(ended ? bytesReceived / ended : null)];
  }));
  find("no-failures").hidden = run.failures.length > 0;
  find("failures-frame").hidden = run.failures.length === 0;
  fillTable("failures", [words(text("cause")), text("count"), words(text("request")), words(text("sample")), words(text("seen"))], run.failures.map((one) => [
    words(one.cause), count(one.count), words(`${one.label.method} ${one.label.name}`), { words: one.sample ?? "", className: "words wide code" },
    words(`${time(one.firstSeen)} – ${time(one.lastSeen)}`)]));
}

function showSearch() {
  find("search-section").hidden = !run.search;
  if (!run.search) return;
  find("search-conclusion").textContent = run.search.conclusion;
  fillTable("search", [words(text(run.search.unit === "rate" ? "arrivals" : "usersColumn")), text("attempt"), text("qps"), text("verdict")], run.search.probes.map((probe) => [
    words(rateWords(probe.load)), String(probe.attempt), rate(probe.throughput), { words: text("verdicts")[probe.verdict], pill: probe.verdict }]));
}

function showEnvironment() {
  const { target, load, payload, environment: machine, generator } = run, list = (...parts) => parts.filter(Boolean).join(" · ");
  const facts = {
    target: list(target.url, target.httpVersion, target.server), load: list(load.shape, text("keepAlive")(load.keepAlive)), model: text("models")[load.model] ?? load.model, wait: load.wait,
    payload: payload && text("payload")(payload.images, payload.api, bytes(payload.meanBytes), payload.isUnique),
    saved: payload?.originalMeanBytes > payload?.meanBytes && text("saved")(share(1 - payload.meanBytes / payload.originalMeanBytes), bytes(payload.originalMeanBytes), bytes(payload.meanBytes)),
    run: `${moment(run.started)} – ${time(run.ended)} · ${run.id}`,
    processes: list(target.processes.length > 0 && text("processes")(target.processes.join(", ")), target.metrics && text("metrics")(target.metrics)),
    generator: list(`Sakuga ${machine.version}`, machine.host, machine.system), host: list(machine.processor, text("cores")(machine.cores), machine.memoryBytes && bytes(machine.memoryBytes)),
    health: generator.complaints.length ? generator.complaints.join(" ") : text("healthGood")(percent(generator.cpuPercent?.maximum), seconds(generator.lag?.maximum), count(generator.droppedStarts)),
  };
  find("environment").replaceChildren(...Object.entries(facts).filter(([, value]) => value)
    .flatMap(([name, value]) => [element("dt", text("facts")[name]), element("dd", value)]));
  find("command").textContent = run.command.map(quoted).join(" ");
  fillList("notes", run.notes);
}

/// A word for a shell, with quotes where it needs them.
const quoted = (word) => (/^[\w@%+=:,.\/\-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

function showChoice() {
  const choice = find("step-choice"), chosen = choice.value || String(Math.max(0, run.steps.indexOf(bestStep(run.steps))));
  choice.replaceChildren(...run.steps.map((step, index) => Object.assign(element("option", loadWords(step).trim()), { value: String(index) })));
  choice.value = chosen;
}

function showCharts() {
  removeCharts();
  for (const id of ["load-charts", "time-charts", "latency-charts"]) find(id).replaceChildren();
  find("time-section").hidden = !hasCharts || run.timeline.length === 0;
  if (!hasCharts) return showLatency();
  drawLoad(find("load-charts"), run);
  drawTime(find("time-charts"), run);
  showLatency();
}

function show() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = text("title")(run.target.url);
  for (const each of document.querySelectorAll("[data-text]")) each.textContent = text(each.dataset.text);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", text(each.dataset.label));
  for (const each of document.querySelectorAll("[data-language]")) each.setAttribute("aria-pressed", String(each.dataset.language === language));
  for (const each of document.querySelectorAll("button[data-theme]")) each.setAttribute("aria-pressed", String(each.dataset.theme === theme()));
  find("no-charts").hidden = hasCharts;
  find("no-charts").textContent = text("noCharts");
  showVerdict();
  showTiles();
  showSteps();
  const sentences = capacityWords(run.capacity);
  fillList("capacity", sentences);
  find("capacity-section").hidden = sentences.length === 0 && (!hasCharts || run.steps.length < 2);
  showDetails();
  showRequests();
  showSearch();
  showEnvironment();
  showChoice();
  showCharts();
}

const darkness = matchMedia("(prefers-color-scheme: dark)");
let chosenTheme = null;
const theme = () => chosenTheme ?? (darkness.matches ? "dark" : "light");

function useTheme(name = theme()) {
  document.documentElement.dataset.theme = name;
}

function begin() {
  useTheme();
  for (const id of ["report", "themes", "languages"]) find(id).hidden = false;
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => { language = button.dataset.language; show(); });
  }
  for (const button of document.querySelectorAll("button[data-theme]")) {
    button.addEventListener("click", () => { chosenTheme = button.dataset.theme; useTheme(); show(); });
  }
  darkness.addEventListener("change", () => { useTheme(); show(); });
  // Paper is white.
  addEventListener("beforeprint", () => { useTheme("light"); showCharts(); for (const chart of drawn) chart.resize(); });
  addEventListener("afterprint", () => { useTheme(); showCharts(); });
  find("step-choice").addEventListener("change", showCharts);
  find("copy").addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(find("command").textContent); } catch { getSelection().selectAllChildren(find("command")); return; }
    find("copy").textContent = text("copied");
  });
  show();
}

begin();
