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

    /// A number without a needless ".0".
    package static func plain(_ value: Double) -> String {
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
    /// A figure of its metric as people read it: `3 s`, `1 %`, `8/s`, `500 MB`.
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
