/// Metrics in Prometheus' text format, version 0.0.4. Names and combinations of labels are sorted, so that equal metrics give equal texts.
struct Exposition {
    private struct Family {
        var kind: MetricKind
        var help: String?
        /// The lines of each combination of labels.
        var lines: [String: [String]]
    }

    private var families: [String: Family] = [:]
    private let help: [String: String]

    /// `help` has a sentence for each metric that has one.
    init(help: [String: String]) {
        self.help = help
    }

    mutating func add(_ metrics: RegisteredMetrics) {
        for (name, all) in metrics.counters {
            add(name, .counter, all.mapKeysAndValues { [Self.line(name, $0, Self.number($1.value))] })
        }
        for (name, all) in metrics.gauges {
            add(name, .gauge, all.mapKeysAndValues { [Self.line(name, $0, Self.number($1.value))] })
        }
        for (name, all) in metrics.histograms {
            add(name, .histogram, all.mapKeysAndValues { Self.lines(name, $0, $1) })
        }
    }

    /// Adds collected values. Of two with the same combination of labels the first one wins.
    mutating func add(_ metric: CollectedMetric) {
        let name = MetricName.exposed(metric.name)
        guard metric.kind != .histogram, (families[name]?.kind ?? metric.kind) == metric.kind else { return }
        for sample in metric.samples {
            let labels = LabelText(sample.labels).text
            let line = Self.line(name, labels, Self.number(sample.value))
            var family = families[name] ?? Family(kind: metric.kind, help: metric.help, lines: [:])
            if family.lines[labels] == nil { family.lines[labels] = [line] }
            families[name] = family
        }
    }

    /// The whole text.
    var text: String {
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let help = family.help ?? help[name] { text += "# HELP \(name) \(Self.escaped(help))\n" }
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (_, lines) in family.lines.sorted(by: { $0.key < $1.key }) {
                for line in lines { text += line + "\n" }
            }
        }
        return text
    }

    private mutating func add(_ name: String, _ kind: MetricKind, _ lines: [String: [String]]) {
        // All series of a metric may have been destroyed.
        if !lines.isEmpty { families[name] = Family(kind: kind, help: nil, lines: lines) }
    }

    private static func lines(_ name: String, _ labels: String, _ series: HistogramSeries) -> [String] {
        let counts = series.cumulative
        let bounds = series.bounds.map(number) + ["+Inf"]
        let separator = labels.isEmpty ? "" : ","
        var lines = zip(bounds, counts).map { bound, count in
            line(name + "_bucket", "\(labels)\(separator)le=\"\(bound)\"", String(count))
        }
        lines.append(line(name + "_sum", labels, number(series.sum)))
        lines.append(line(name + "_count", labels, String(counts.last ?? 0)))
        return lines
    }

    private static func line(_ name: String, _ labels: String, _ value: String) -> String {
        labels.isEmpty ? "\(name) \(value)" : "\(name){\(labels)} \(value)"
    }

    /// A number in the text format; whole numbers have no fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }

    private static func escaped(_ help: String) -> String {
        var text = ""
        for scalar in help.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension Dictionary where Key == String {
    fileprivate func mapKeysAndValues(_ lines: (String, Value) -> [String]) -> [String: [String]] {
        Dictionary<String, [String]>(uniqueKeysWithValues: map { ($0.key, lines($0.key, $0.value)) })
    }
}

/// A metric whose values are read at each exposition.
package struct CollectedMetric: Sendable {
    /// One value with its labels.
    package struct Sample: Sendable {
        /// Label names and values.
        package var labels: [(String, String)]
        /// The present value.
        package var value: Double

        /// Creates a sample.
        package init(labels: [(String, String)] = [], value: Double) {
            self.labels = labels
            self.value = value
        }
    }

    /// The full exposed name.
    package var name: String
    /// A counter or a gauge; histograms cannot be collected, and are left out.
    package var kind: MetricKind
    /// One sentence about it.
    package var help: String
    /// The values.
    package var samples: [Sample]

    /// Creates a metric.
    package init(name: String, kind: MetricKind, help: String, samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    /// Creates a metric with one value and no labels.
    package init(name: String, kind: MetricKind, help: String, value: Double) {
        self.init(name: name, kind: kind, help: help, samples: [Sample(value: value)])
    }
}

/// The type of a metric.
package enum MetricKind: String, Sendable {
    /// A value that only rises.
    case counter
    /// A value that rises and falls.
    case gauge
    /// A distribution in buckets.
    case histogram
}
