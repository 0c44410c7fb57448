/// What is wrong with a list of objectives, as a sentence.
package struct ObjectiveError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The objective in question, as it was written.
    package var text: String
    /// What is wrong with it.
    package var problem: String

    package var description: String { text.isEmpty ? problem : "\"\(text)\": \(problem)" }
}

/// Parses objectives: `p95=3s,errors=1%,qps=8,cpu=90%,rss=500MB`.
///
///     list      = objective *( "," objective )
///     objective = metric "=" value [ ":abort" ]      ":abort" ends the run as soon as it is not met
///     metric    = "p" 0…100 | "mean" | "max"         a time: 3s, 300ms, 500us
///               | "errors" | "cpu"                   a percentage: 1%
///               | "qps"                              a number: 8
///               | "rss"                              bytes: 500MB, 512MiB, 1GB
package enum Objectives {
    /// Reads a list. Errors: the first thing that is wrong, with the objective's own text.
    package static func parse(_ text: String) throws(ObjectiveError) -> [Objective] {
        var objectives: [Objective] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let objective = try parseOne(part.trimmed)
            guard !objectives.contains(where: { $0.metric == objective.metric }) else {
                throw ObjectiveError(text: part.trimmed, problem: "\(objective.metric.name) is given twice")
            }
            objectives.append(objective)
        }
        return objectives
    }

    private static func parseOne(_ text: String) throws(ObjectiveError) -> Objective {
        guard !text.isEmpty else {
            throw ObjectiveError(text: "", problem: "an objective is missing; write for example p95=3s,errors=1%")
        }
        guard let equals = text.firstIndex(of: "=") else {
            throw ObjectiveError(text: text, problem: "an objective needs \"=\" and a limit, as in p95=3s")
        }
        let name = text[..<equals].trimmed
        var value = text[text.index(after: equals)...].trimmed
        let metric = try metric(name, in: text)
        var abortsRun = false
        if let colon = value.firstIndex(of: ":") {
            let flag = value[value.index(after: colon)...].trimmed
            guard flag == "abort" else {
                throw ObjectiveError(
                    text: text, problem: "after \":\" only \"abort\" is understood, which ends the run when it is not met")
            }
            abortsRun = true
            value = value[..<colon].trimmed
        }
        return Objective(metric, try limit(value, of: metric, in: text), abortsRun: abortsRun)
    }

    private static func metric(_ name: String, in text: String) throws(ObjectiveError) -> Objective.Metric {
        if let metric = Objective.Metric(name: name) { return metric }
        guard name.hasPrefix("p"), let percent = Double(name.dropFirst()) else {
            throw ObjectiveError(
                text: text,
                problem: "there is no \"\(name)\"; it can be p50 to p99.9, mean, max, errors, qps, cpu or rss")
        }
        let digits = name.dropFirst()
        if percent >= 100, digits.hasPrefix("99"), digits.allSatisfy(\.isNumber) {
            throw ObjectiveError(text: text, problem: "a percentile is below 100; write p99.\(digits.dropFirst(2)) or max")
        }
        throw ObjectiveError(text: text, problem: "a percentile lies between 0 and 100; the longest of all is max")
    }

    private static func limit(
        _ value: String, of metric: Objective.Metric, in text: String
    ) throws(ObjectiveError) -> Double {
        let number = value.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let amount = Double(number), amount.isFinite else {
            throw ObjectiveError(text: text, problem: "the limit has to be a number\(example(metric))")
        }
        let unit = value.dropFirst(number.count).trimmed
        guard let factor = factor(unit, of: metric) else {
            let what = unit.isEmpty ? "the limit needs a unit" : "\"\(unit)\" is no unit of it"
            throw ObjectiveError(text: text, problem: what + example(metric))
        }
        let limit = amount * factor
        if let problem = problem(limit, of: metric) { throw ObjectiveError(text: text, problem: problem) }
        return limit
    }

    private static func factor(_ unit: String, of metric: Objective.Metric) -> Double? {
        switch metric {
        case .percentile, .mean, .maximum: ["s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6][unit]
        case .errors: unit == "%" ? 0.01 : nil
        case .cpu: unit == "%" ? 1 : nil
        case .throughput: unit.isEmpty || unit == "/s" ? 1 : nil
        case .residentBytes:
            [
                "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "k": 1024, "m": 1_048_576, "g": 1_073_741_824, "kib": 1024,
                "mib": 1_048_576, "gib": 1_073_741_824,
            ][unit.lowercased()]
        }
    }

    private static func example(_ metric: Objective.Metric) -> String {
        switch metric {
        case .percentile, .mean, .maximum: ", such as 3s, 300ms or 500us"
        case .errors: ", such as 1%"
        case .cpu: ", such as 90%"
        case .throughput: ", such as 8"
        case .residentBytes: ", such as 500MB"
        }
    }

    /// Why nothing could ever meet, or nothing could ever miss, such a limit.
    private static func problem(_ limit: Double, of metric: Objective.Metric) -> String? {
        switch metric {
        case .percentile, .mean, .maximum:
            if limit < 1e-6 { return "no response takes less than a microsecond" }
            return limit > 3600 ? "times are measured up to an hour" : nil
        case .errors: return limit > 1 ? "no more than 100% can fail" : nil
        case .cpu:
            return limit <= 0 || limit > 100 ? "it is a percentage of all of the target's cores, above 0 and at most 100%" : nil
        case .throughput: return limit <= 0 ? "it has to be above 0" : nil
        case .residentBytes: return limit < 1 ? "it has to be above 0" : nil
        }
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    fileprivate var trimmed: String {
        let tail = drop(while: \.isWhitespace)
        return String(tail.reversed().drop(while: \.isWhitespace).reversed())
    }
}
