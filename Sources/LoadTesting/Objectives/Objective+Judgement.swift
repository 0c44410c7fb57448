package import LatencyHistograms

extension Objective {
    /// Whether a step met it.
    ///
    /// Percentiles are of response times (the intended start where there is a schedule, else the real one), over all requests, one that
    /// failed or was put into a queue being one that took longer than any limit. "Passed" is claimed when the numbers prove it with 95 %
    /// confidence (`EarlyStopping`); a percentile that lies within the limit without proof is `unproven`.
    package func verdict(of step: StepSummary) -> ObjectiveVerdict {
        switch metric {
        case .percentile(let percent): percentileVerdict(percent, of: step)
        case .mean: atMost(step.judgedLatency.count > 0 ? step.judgedLatency.mean : nil)
        case .maximum: atMost(step.judgedLatency.count > 0 ? step.judgedLatency.maximum : nil)
        case .errors: atMost(step.counts.ended > 0 ? step.counts.errorRate : nil)
        case .throughput: atLeast(step.throughput)
        case .cpu: atMost(step.resources?.cpuPercentOfAll)
        case .residentBytes: atMost(step.resources?.residentBytes?.maximum)
        }
    }

    private func percentileVerdict(_ percent: Double, of step: StepSummary) -> ObjectiveVerdict {
        let histogram = step.judgedHistogram
        let failed = step.counts.failed + step.counts.queued, count = histogram.count + failed
        guard count > 0 else { return ObjectiveVerdict(self, nil, .unproven, "no request ended") }
        // Failed ones are beyond every answer, so the percentile of all is a higher one of the answers.
        let rank = Double(count) * percent / 100
        let measured =
            rank <= Double(histogram.count) && !histogram.isEmpty
            ? histogram.value(atPercentile: 100 * rank / Double(histogram.count)).map { Double($0) / 1e6 } : nil
        let limitMicroseconds = UInt64(min(max(0, limit * 1e6), Double(LatencyHistogram.longest)))
        let over = histogram.count(above: limitMicroseconds) + failed
        guard let measured, measured <= limit else {
            let missed = "\(over) of \(count) requests took longer"
            let unanswered = failed > 0 ? " (\(failed) of them were not answered)" : ""
            return ObjectiveVerdict(self, measured, .failed, missed + unanswered)
        }
        if EarlyStopping.proves(quantile: percent / 100, overLimit: over, of: count) {
            return ObjectiveVerdict(self, measured, .passed, "\(over) of \(count) requests took longer")
        }
        let needed = EarlyStopping.requestsNeeded(quantile: percent / 100, overLimit: over)
        return ObjectiveVerdict(
            self, measured, .unproven,
            "not enough samples to claim it: with \(over) over the limit it takes \(needed) requests, and there were \(count)")
    }

    private func atMost(_ measured: Double?) -> ObjectiveVerdict {
        judged(measured) { $0 <= limit }
    }

    private func atLeast(_ measured: Double?) -> ObjectiveVerdict {
        judged(measured) { $0 >= limit }
    }

    private func judged(_ measured: Double?, _ isMet: (Double) -> Bool) -> ObjectiveVerdict {
        guard let measured else { return ObjectiveVerdict(self, nil, .unproven, "\(metric.name) was not measured") }
        return ObjectiveVerdict(
            self, measured, isMet(measured) ? .passed : .failed,
            "\(metric.name) was \(text(of: measured)); the limit is \(text(of: limit))")
    }
}

extension ObjectiveVerdict {
    fileprivate init(_ objective: Objective, _ measured: Double?, _ verdict: Verdict, _ reason: String) {
        self.init(objective: objective, measured: measured, verdict: verdict, reason: reason)
    }
}

extension Verdict {
    /// Of several together: one that failed fails all; nil without any.
    package init?(_ verdicts: [Verdict]) {
        guard !verdicts.isEmpty else { return nil }
        self = verdicts.contains(.failed) ? .failed : verdicts.contains(.unproven) ? .unproven : .passed
    }
}

extension StepSummary {
    /// The response times that objectives are about: from the intended start where there is a schedule, else from the real one.
    package var judgedHistogram: LatencyHistogram { expectedInterval == nil ? correctedHistogram : histogram }
    /// The same as figures.
    package var judgedLatency: LatencySummary { expectedInterval == nil ? corrected : service }
}
