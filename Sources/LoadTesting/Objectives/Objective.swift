/// An objective of the target: `p95=3s`, `errors=1%`, `qps=8`, `cpu=90%`, `rss=500MB`.
package struct Objective: Sendable, Equatable, Codable {
    /// What is measured.
    package enum Metric: Sendable, Hashable {
        /// A percentile (0…100) of the response time, in seconds; a request that failed counts as one that never answered.
        case percentile(Double)
        /// The mean response time of successful requests, in seconds.
        case mean
        /// The longest response time of successful requests, in seconds.
        case maximum
        /// The part of the requests that failed, 0…1.
        case errors
        /// The least successful responses a second.
        case throughput
        /// Percent of all the target's cores, 0…100, mean over the step.
        case cpu
        /// Largest resident memory of the target, in bytes.
        case residentBytes
    }

    /// What is measured.
    package var metric: Metric
    /// In the metric's unit. At most so much; of `throughput` at least.
    package var limit: Double
    /// Whether the run ends as soon as it is not met.
    package var abortsRun: Bool

    /// Makes an objective.
    package init(_ metric: Metric, _ limit: Double, abortsRun: Bool = false) {
        self.metric = metric
        self.limit = limit
        self.abortsRun = abortsRun
    }
}

/// Whether an objective was met.
package enum Verdict: String, Codable, Sendable {
    /// Yes; a percentile with 95 % confidence.
    case passed
    /// No.
    case failed
    /// Not missed, but there were too few requests to prove it, or it was not measured.
    case unproven
}

/// What became of an objective in a step.
package struct ObjectiveVerdict: Codable, Sendable {
    /// The objective.
    package var objective: Objective
    /// In the metric's unit; nil if it was not measured, or if more requests failed than the percentile leaves out.
    package var measured: Double?
    /// Whether it was met.
    package var verdict: Verdict
    /// One sentence.
    package var reason: String
    /// Users that it would take at least; only where their waiting or their number, not the target, kept a throughput from being reached.
    package var usersNeeded: Int?
}

extension Objective.Metric {
    /// As it is written on the command line and in files.
    package var name: String {
        switch self {
        case .percentile(let percent): "p" + Self.plain(percent)
        case .mean: "mean"
        case .maximum: "max"
        case .errors: "errors"
        case .throughput: "qps"
        case .cpu: "cpu"
        case .residentBytes: "rss"
        }
    }

    /// The metric of that name; nil if there is none.
    package init?(name: String) {
        switch name {
        case "mean": self = .mean
        case "max": self = .maximum
        case "errors": self = .errors
        case "qps": self = .throughput
        case "cpu": self = .cpu
        case "rss": self = .residentBytes
        default:
            guard name.hasPrefix("p"), let percent = Double(name.dropFirst()), percent > 0, percent < 100 else { return nil }
            self = .percentile(percent)
        }
    }

    /// A number without a trailing ".0". Percentiles may have more decimals than `Decimals` writes.
    private static func plain(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}

extension Objective.Metric: Codable {
    /// A metric from its name. Errors: `DecodingError`, if there is none of that name.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let name = try container.decode(String.self)
        guard let metric = Self(name: name) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "there is no objective \"\(name)\"")
        }
        self = metric
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

extension Objective {
    /// A value of its metric as text: `3 s`, `1 %`, `8/s`, `500 MB`.
    package func text(of value: Double) -> String {
        switch metric {
        case .percentile, .mean, .maximum: value < 1 ? "\(Decimals.text(value * 1000)) ms" : "\(Decimals.text(value)) s"
        case .errors: "\(Decimals.text(value * 100)) %"
        case .throughput: "\(Decimals.text(value))/s"
        case .cpu: "\(Decimals.text(value)) %"
        case .residentBytes: "\(Decimals.text(value / 1e6)) MB"
        }
    }
}

extension Objective: CustomStringConvertible {
    package var description: String {
        "\(metric.name) \(metric == .throughput ? "≥" : "≤") \(text(of: limit))\(abortsRun ? ", else the run ends" : "")"
    }
}
