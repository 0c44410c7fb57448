/// The numeric samples of a response in Prometheus' text format.
package struct PrometheusText: Sendable {
    /// The sum over all label sets of each name.
    package private(set) var sums: [String: Double] = [:]

    /// Skips lines that are not samples. Nil without any sample.
    package init?(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first(where: { !$0.isWhitespace }), first != "#",
                let (name, value) = Self.sample(line)
            else { continue }
            sums[name, default: 0] += value
        }
        if sums.isEmpty { return nil }
    }

    /// `name{label="text"} value [time]`; label values may contain spaces, braces and escaped quotes.
    private static func sample(_ line: Substring) -> (name: String, value: Double)? {
        let line = line.drop(while: \.isWhitespace)
        let name = line.prefix { $0 != "{" && !$0.isWhitespace }
        var rest = line[name.endIndex...]
        if rest.first == "{" {
            guard let end = labelsEnd(rest) else { return nil }
            rest = rest[end...].dropFirst()
        }
        let fields = rest.split(whereSeparator: \.isWhitespace)
        guard !name.isEmpty, (1...2).contains(fields.count), let value = Double(fields[0]), value.isFinite else { return nil }
        return (String(name), value)
    }

    private static func labelsEnd(_ text: Substring) -> Substring.Index? {
        var isQuoted = false, isEscaped = false
        for index in text.indices {
            switch text[index] {
            case _ where isEscaped: isEscaped = false
            case "\\" where isQuoted: isEscaped = true
            case "\"": isQuoted.toggle()
            case "}" where !isQuoted: return index
            default: break
            }
        }
        return nil
    }

    /// The value of the first of several names that exists.
    package func value(_ names: String...) -> Double? {
        for name in names {
            if let value = sums[name] { return value }
        }
        return nil
    }
}

/// The target's resource use from its own metrics, from one reading to the next.
package struct MetricsReading: Sendable {
    private var last: (time: Double, cpuSeconds: Double)?

    /// Before the first reading.
    package init() {}

    /// The figures of a reading; CPU since the last one. `now` in seconds of any clock.
    package mutating func figures(_ metrics: PrometheusText, now: Double) -> TargetFigures {
        var figures = TargetFigures()
        if let cpuSeconds = metrics.value("process_cpu_seconds_total") {
            // Less than before: the process was restarted.
            if let last, now > last.time, cpuSeconds >= last.cpuSeconds {
                figures.cpuPercent = (cpuSeconds - last.cpuSeconds) / (now - last.time) * 100
            }
            last = (now, cpuSeconds)
        }
        figures.residentBytes = Self.whole(metrics.value("process_resident_memory_bytes"))
        figures.threads = Self.whole(
            metrics.value(
                "process_threads", "process_num_threads", "go_threads", "jvm_threads_current", "jvm_threads_live_threads"))
        figures.descriptors = Self.whole(metrics.value("process_open_fds", "process_files_open_files"))
        figures.cores = Self.whole(metrics.value("sakuga_cores"))
        figures.waiting = metrics.value("sakuga_waiting_jobs")
        figures.queued = metrics.value("sakuga_queue_jobs")
        return figures
    }

    private static func whole(_ value: Double?) -> Int? { value.flatMap { Int(exactly: $0.rounded()) } }
}
