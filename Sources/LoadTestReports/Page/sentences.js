// What the figures mean, in words that somebody understands who has read nothing else.

const loadWords = (step) => (step.users != null ? text("users")(step.users) : step.rate != null ? text("rate")(rateWords(step.rate)) : step.label);
const shortLoad = (step) => (step.users != null ? String(step.users) : step.rate != null ? `${rateWords(step.rate)}/s` : step.label);
const rateWords = (value) => String(Number(value.toFixed(2)));
const percentileOf = (latency, percent) => latency.percentiles.find((each) => each.percent === percent);
const objectiveLimit = (isIt) => data.summary.objectives.find(({ metric }) => isIt(metric))?.limit;
const isLatency = (metric) => /^p[\d.]+$|^mean$|^max$/.test(metric);

/// Why a step misses an objective.
function missed({ objective: { metric, limit }, measured, usersNeeded }) {
  const words = text("missed");
  if (usersNeeded != null) return words.users(rate(measured), rate(limit), count(usersNeeded));
  if (isLatency(metric)) {
    const name = metric === "mean" ? text("mean") : metric === "max" ? text("longest") : metric.toUpperCase();
    return measured == null ? words.latencyFailures(name) : words.latency(name, seconds(measured), limited(seconds)(limit));
  }
  const write = { errors: share, qps: rate, cpu: percent, rss: bytes }[metric];
  return words[metric](write(measured), limited(write)(limit));
}

const misses = (step) => step.objectives.filter(({ verdict }) => verdict === "failed").map(missed);
const why = (step) => misses(step).join(text("and"));

/// Whether a step misses nothing but a throughput for which its users were too few or waited too long: nothing against the service.
const isShort = (step) => step.verdict === "failed" && step.objectives.every(({ verdict, usersNeeded }) => verdict !== "failed" || usersNeeded != null);
const isMissed = (step) => step.verdict === "failed" && !isShort(step);

function headline({ verdict, steps }) {
  if (verdict.outcome === "invalid") return text("headlineInvalid");
  const best = bestStep(steps);
  if (!best) return text("headlineEmpty");
  if (verdict.outcome === "none") return text("headlineNone")(rate(best.throughput), loadWords(best), seconds(percentileOf(best.service, 95)?.seconds));
  const failing = steps.filter(isMissed), first = failing[0];
  const short = steps.filter(isShort).sort((a, b) => loadOf(b) - loadOf(a))[0];
  if (!first && short) return shortHeadline(short, steps);
  if (!first && verdict.outcome === "unproven") return text("headlineUnproven")(loadWords(steps.find((step) => step.verdict === "unproven") ?? best));
  if (!first) return steps.length > 1 ? text("headlinePassedAll")(loadWords(best), rate(best.throughput)) : text("headlinePassed")(loadWords(best), rate(best.throughput));
  const kept = bestKept(steps);
  return kept ? text("headlinePartly")(loadWords(kept), rate(kept.throughput), loadWords(first), why(first)) : text("headlineFailed")(loadWords(first), why(first));
}

/// What is said where nothing speaks against the service and some users asked too seldom.
function shortHeadline(short, steps) {
  const { measured, objective, usersNeeded } = short.objectives.find((each) => each.usersNeeded != null);
  const kept = steps.filter((step) => step.verdict === "passed" && loadOf(step) > loadOf(short)).sort((a, b) => loadOf(b) - loadOf(a))[0];
  if (kept) return text("headlineShortBelow")(loadWords(kept), rate(kept.throughput), loadWords(short), rate(objective.limit));
  return text(short.meanWait > 0 ? "headlineThinkTime" : "headlineFewUsers")(loadWords(short), rate(measured), rate(objective.limit), count(usersNeeded));
}

const loadOf = (step) => step.users ?? step.rate ?? 0;

/// The heaviest step before the first that fails.
function bestKept(steps) {
  const lightest = Math.min(...steps.filter(isMissed).map(loadOf));
  return steps.filter((step) => step.verdict && step.verdict !== "failed" && loadOf(step) < lightest).sort((a, b) => loadOf(b) - loadOf(a))[0];
}

/// The step to speak of: the heaviest that keeps to all that was asked, or the one of most answers.
function bestStep(steps) {
  const measured = steps.filter((step) => step.counts.succeeded + step.counts.failed + step.counts.queued > 0);
  if (!measured.some((step) => step.verdict)) return [...measured].sort((a, b) => b.throughput - a.throughput)[0];
  return bestKept(steps) ?? (measured.some((step) => step.verdict === "failed") ? measured[0] : measured.at(-1));
}

function capacityWords(capacity) {
  if (!capacity) return [];
  const words = [];
  if (capacity.recommendedUsers != null) words.push(text("recommended")(capacity.recommendedUsers, rate(capacity.recommendedThroughput)));
  words.push(text("limits")[capacity.limit]);
  if (capacity.kneeUsers != null) words.push(text("knee")(count(capacity.kneeUsers), rate(capacity.kneeThroughput)));
  const { fit } = capacity;
  if (fit) {
    words.push(text(fit.isTrustworthy ? "fitGood" : "fitPoor")(fit.rSquared.toFixed(3)));
    if (fit.peakUsers != null && fit.peakThroughput != null) words.push(text("peak")(count(fit.peakUsers), rate(fit.peakThroughput)));
    else if (fit.peakThroughput != null) words.push(text("ceiling")(rate(fit.peakThroughput)));
  } else if (capacity.fitProblem) words.push(text("fitNone")(capacity.fitProblem));
  return words.filter(Boolean);
}

const correctedName = (step) => text(step.expectedInterval != null ? "correctedClosed" : "correctedOpen");

const coresOf = ({ steps }) => steps.map((step) => step.resources?.cores).find(Boolean);

/// Percent of all the service's cores where their number is known, as objectives mean it; else of one core.
const cpuOf = ({ resources }) => (resources?.cpuPercent ? resources.cpuPercent.mean / (resources.cores || 1) : null);
