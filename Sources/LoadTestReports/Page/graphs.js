// Which charts the report has, and what they are drawn from.

const mostPoints = 600;

/// Points for drawing: of long runs several seconds are joined, sums as sums and latencies as the highest.
function joinedTimeline(timeline) {
  const size = Math.max(1, Math.ceil(timeline.length / mostPoints));
  const points = [];
  for (let begin = 0; begin < timeline.length; begin += size) {
    const group = timeline.slice(begin, begin + size), last = group.at(-1);
    const seconds = group.reduce((sum, each) => sum + each.seconds, 0);
    const sum = (name) => group.reduce((all, each) => all + each.counts[name], 0);
    const highest = (name) => group.reduce((top, each) => (each[name] == null ? top : Math.max(top ?? 0, each[name])), null);
    const requests = sum("succeeded") + sum("queued") + sum("failed");
    points.push({
      ...last, seconds, succeeded: sum("succeeded") / seconds, queued: sum("queued") / seconds, failed: sum("failed") / seconds,
      errorShare: requests ? sum("failed") / requests : null, step: group.every((each) => each.step == null) ? null : last.step,
      ...Object.fromEntries(["mean", "p50", "p95", "p99", "cpuPercent", "residentBytes", "queueLength", "generatorCpuPercent"].map((name) => [name, highest(name)])),
    });
  }
  return { points, size };
}

function drawTime(parent, { timeline, started, steps }) {
  const begin = Date.parse(started) / 1000, { points, size } = joinedTimeline(timeline);
  find("time-note").textContent = [text("timeNote"), size > 1 ? text("grouped")(size) : ""].filter(Boolean).join(" ");
  if (!points.length) return;
  const at = (point) => point.time - begin, series = (name) => points.map((point) => [at(point), point[name] ?? null]);
  const has = (name) => points.some((point) => point[name]);
  const bands = points.filter((point) => point.step == null).map((point) => [at(point) - point.seconds, at(point)]);
  const lines = steps.length > 1 ? steps.map((step) => ({ axis: "x", value: Date.parse(step.started) / 1000 - begin, label: shortLoad(step) })) : [];
  const x = { format: clock, min: 0, max: at(points.at(-1)), ticks: timeTicks(at(points.at(-1))) };
  const add = (title, datasets, format, more = {}) =>
    addChart(parent, { title, datasets: datasets.filter(Boolean), x, y: { format, top: more.top }, marks: { bands, lines: [...lines, ...(more.lines ?? [])] } });
  add(text("chartThroughput"), [
    line(text("answered"), series("succeeded"), "series-a"), has("queued") && line(text("queuedLine"), series("queued"), "series-c"),
    has("failed") && line(text("failedLine"), series("failed"), "series-b")], count);
  const limit = objectiveLimit((metric) => metric === "p95");
  add(text("chartLatency"), [
    line("P50", series("p50"), "series-a"), line("P95", series("p95"), "series-b"), line("P99", series("p99"), "series-c"),
    line(text("meanLine"), series("mean"), "series-e", { borderDash: [4, 3] })], seconds,
  limit == null ? {} : { lines: [{ axis: "y", value: limit, label: `P95: ${text("allowed")(limited(seconds)(limit))}` }] });
  const isOpen = points.some((point) => point.rate != null);
  add(text("chartUsers"), [
    isOpen ? line(text("rateLine"), series("rate"), "series-a", { stepped: "before" }) : line(text("usersLine"), series("users"), "series-a", { stepped: "before" }),
    line(text("inFlight"), series("inFlight"), "series-e")], count);
  add(text("chartErrors"), [line(text("errorsLine"), series("errorShare"), "series-b", { fill: true, backgroundColor: colour("alarm") })], share, { top: 0.01 });
  const cores = coresOf({ steps });
  if (has("cpuPercent") || has("generatorCpuPercent")) {
    add(text("chartCpu"), [
      has("cpuPercent") && line(text("target"), series("cpuPercent"), "series-b"),
      has("generatorCpuPercent") && line(text("generatorLine"), series("generatorCpuPercent"), "series-e", { borderDash: [4, 3] })], percent,
    cores && has("cpuPercent") ? { top: cores * 105, lines: [{ axis: "y", value: cores * 100, label: text("cpuOf")(cores) }] } : {});
  }
  if (has("residentBytes")) {
    const rss = objectiveLimit((metric) => metric === "rss");
    add(text("chartMemory"), [line(text("target"), series("residentBytes"), "series-d")], bytes,
      rss == null ? {} : { lines: [{ axis: "y", value: rss, label: text("allowed")(limited(bytes)(rss)) }] });
  }
  if (has("queueLength")) add(text("chartQueue"), [line(text("queueLine"), series("queueLength"), "series-c")], count, { top: 4 });
}

function drawLoad(parent, { steps, capacity }) {
  const load = (step) => step.users ?? step.rate, sorted = steps.filter((step) => load(step) != null).sort((a, b) => load(a) - load(b));
  if (new Set(sorted.map(load)).size < 2) return;
  const isOpen = sorted[0].users == null, law = capacity?.fit?.law, last = load(sorted.at(-1));
  const x = { title: text(isOpen ? "arrivals" : "usersColumn"), format: count, min: 0, max: last * 1.05, ticks: loadTicks(last * 1.05) };
  const knee = capacity?.kneeUsers, kneeLine = knee ? [{ axis: "x", value: knee, label: `${text("kneeMark")} ${count(knee)}` }] : [];
  const bound = sorted.filter((step) => step.little).map((step) => [load(step), step.little.unloadedBound ?? step.little.bound]);
  const highest = Math.max(...sorted.map((step) => step.throughput));
  const curve = law ? Array.from({ length: 80 }, (_, index) => ((index + 1) / 80) * last * 1.05)
    .map((n) => [n, (law.lambda * n) / (1 + law.sigma * (n - 1) + law.kappa * n * (n - 1))]) : [];
  const asked = objectiveLimit((metric) => metric === "qps");
  addChart(parent, {
    title: text("chartThroughputLoad"), x, y: { format: count, top: highest * 1.15 },
    marks: { lines: [...kneeLine, ...(asked == null ? [] : [{ axis: "y", value: asked, label: text("askedFor")(limited(rate)(asked)) }])] },
    datasets: [
      line(text("measuredLine"), sorted.map((step) => [load(step), step.throughput]), "series-a", {
        showLine: !law, pointRadius: 4,
        intervals: sorted.filter((step) => step.throughputInterval).map((step) => [load(step), step.throughputInterval.lower, step.throughputInterval.upper]) }),
      law && line(text("uslLine"), curve, "series-a", { borderWidth: 1.25 }),
      bound.length > 1 && line(text("littleLine"), bound, "series-e", { borderDash: [4, 3] }),
    ].filter(Boolean),
  });
  const limit = objectiveLimit((metric) => metric === "p95");
  const percentile = (percent) => sorted.map((step) => [load(step), percentileOf(step.service, percent)?.seconds ?? null]);
  addChart(parent, {
    title: text("chartP95Load"), x, y: { format: seconds },
    marks: { lines: [...kneeLine, ...(limit == null ? [] : [{ axis: "y", value: limit, label: `P95: ${text("allowed")(limited(seconds)(limit))}` }])] },
    datasets: [
      line("P50", percentile(50), "series-a", { pointRadius: 3 }), line("P95", percentile(95), "series-b", { pointRadius: 4 }),
      line("P99", percentile(99), "series-c", { pointRadius: 3 })],
  });
}

function drawLatency(parent, step, spectrum) {
  if (!spectrum?.bins.length) return;
  addChart(parent, {
    title: text("chartHistogram"), type: "bar", labels: spectrum.bins.map(([low]) => seconds(low)),
    x: { tip: ([item]) => spectrum.bins[item.dataIndex].slice(0, 2).map(seconds).join(" – ") }, y: { format: count },
    datasets: [{
      label: text("histogramLine"), data: spectrum.bins.map(([, , number]) => number), backgroundColor: colour("series-a"),
      barPercentage: 1, categoryPercentage: 0.94 }],
  });
  // Nines: 0, 90, 99, 99.9 % stand at equal distances.
  const place = ([percent, value]) => [1 / (1 - Math.min(percent, 99.99999) / 100), value];
  const ticks = [1, 2, 10, 100, 1000, 10000, 100000].filter((value) => value <= Math.max(10, step.service.count));
  const isSame = JSON.stringify(spectrum.service) === JSON.stringify(spectrum.corrected);
  const name = (value) => `${upTo(5, 100 - 100 / value)}%`;
  addChart(parent, {
    title: text("chartSpectrum"), y: { format: seconds },
    x: { type: "logarithmic", format: name, ticks, min: 1, max: Math.max(10, step.service.count) },
    datasets: [
      line(text("service"), spectrum.service.map(place), "series-a"),
      !isSame && spectrum.corrected.length && line(correctedName(step), spectrum.corrected.map(place), "series-b", { borderDash: [4, 3] }),
    ].filter(Boolean),
  });
}
