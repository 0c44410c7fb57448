import Foundation
import LoadGeneration
import LoadTesting

/// The four files of Locust's `--csv`, with its columns in its order, so that what reads its files reads these.
///
/// Times are whole milliseconds where Locust has whole ones, but not rounded to two digits. Where it counts all requests that ended,
/// so do these. The history's percentiles are of the second itself (Locust's are of all seconds so far).
struct LocustFiles {
    private let summary: LoadTestSummary
    private static let percents = LatencySummary.percents
    private static let percentNames = percents.map { Decimals.shortest($0) + "%" } + ["100%"]

    init(_ summary: LoadTestSummary) { self.summary = summary }

    /// `_stats.csv`: each request, and all together.
    var stats: String {
        var csv = CSVText()
        csv.add(
            [
                "Type", "Name", "Request Count", "Failure Count", "Median Response Time", "Average Response Time",
                "Min Response Time", "Max Response Time", "Average Content Size", "Requests/s", "Failures/s",
            ] + Self.percentNames)
        let sorted = summary.requests.sorted { ($0.label.name, $0.label.method) < ($1.label.name, $1.label.method) }
        for request in sorted { csv.add(row(request, type: request.label.method, name: request.label.name)) }
        csv.add(row(summary.total, type: "", name: "Aggregated"))
        return csv.text
    }

    private func row(_ request: RequestSummary, type: String, name: String) -> [String] {
        let all = request.all, ended = request.counts.ended
        let size = ended > 0 ? Double(request.bytesReceived) / Double(ended) : 0
        return [type, name, "\(ended)", "\(request.counts.failed)", Self.whole(all.seconds(50) ?? 0)]
            + [all.mean * 1000, all.minimum * 1000, all.maximum * 1000, size, request.perSecond, request.failuresPerSecond]
            .map { "\($0)" } + Self.percentiles(all)
    }

    private static func percentiles(_ latency: LatencySummary) -> [String] {
        guard latency.count > 0 else { return percentNames.map { _ in "N/A" } }
        return percents.map { whole(latency.seconds($0) ?? 0) } + [whole(latency.maximum)]
    }

    /// `_stats_history.csv`: a line for each point of the timeline.
    var history: String {
        var csv = CSVText()
        csv.add(
            ["Timestamp", "User Count", "Type", "Name", "Requests/s", "Failures/s"] + Self.percentNames + [
                "Total Request Count", "Total Failure Count", "Total Median Response Time", "Total Average Response Time",
                "Total Min Response Time", "Total Max Response Time", "Total Average Content Size",
            ])
        var sum = HistorySum()
        for point in summary.timeline {
            sum.add(point)
            let seconds = max(point.seconds, 1e-9)
            let rates = [point.counts.ended, point.counts.failed].map { Decimals.text(Double($0) / seconds, places: 6) }
            csv.add(["\(Int(point.time))", "\(point.users)", "", "Aggregated"] + rates + Self.percentiles(point) + sum.fields)
        }
        return csv.text
    }

    private static func percentiles(_ point: TimelinePoint) -> [String] {
        guard let percentiles = point.percentiles, percentiles.count == percents.count else {
            let known: [Double: Double?] = [50: point.p50, 95: point.p95, 99: point.p99]
            return percents.map { (known[$0] ?? nil).map(whole) ?? "N/A" } + ["N/A"]
        }
        return percentiles.map(whole) + [point.maximum.map(whole) ?? "N/A"]
    }

    /// `_failures.csv`: each cause.
    var failures: String {
        var csv = CSVText()
        csv.add(["Method", "Name", "Error", "Occurrences", "First Seen", "Last Seen"])
        for failure in summary.failures {
            csv.add([
                failure.label.method, failure.label.name, failure.cause.name, "\(failure.count)",
                failure.firstSeen.formatted(.iso8601), failure.lastSeen.formatted(.iso8601),
            ])
        }
        return csv.text
    }

    /// `_exceptions.csv`: exceptions of the test's own code, of which there is none.
    var exceptions: String {
        var csv = CSVText()
        csv.add(["Count", "Message", "Traceback", "Nodes"])
        return csv.text
    }

    /// Seconds as whole milliseconds.
    static func whole(_ seconds: Double) -> String { "\(Int((seconds * 1000).rounded()))" }
}

/// What Locust calls the totals of its history: everything up to a moment.
private struct HistorySum {
    private var ended = 0
    private var failed = 0
    private var weighted = 0.0
    private var bytes = 0
    private var minimum: Double?
    private var maximum: Double?
    private var median: Double?

    mutating func add(_ point: TimelinePoint) {
        ended += point.counts.ended
        failed += point.counts.failed
        weighted += (point.meanOfAll ?? 0) * Double(point.counts.ended)
        bytes += point.bytesReceived ?? 0
        minimum = [minimum, point.minimum].compactMap(\.self).min()
        maximum = [maximum, point.maximum].compactMap(\.self).max()
        median = point.totalMedian ?? median
    }

    var fields: [String] {
        let each = Double(max(1, ended))
        return ["\(ended)", "\(failed)", median.map(LocustFiles.whole) ?? "N/A"]
            + [weighted / each * 1000, (minimum ?? 0) * 1000, (maximum ?? 0) * 1000, Double(bytes) / each].map { "\($0)" }
    }
}

/// Comma-separated text as Python's `csv` writes it: quotes only where needed, lines ending in CR LF.
struct CSVText {
    private(set) var text = ""

    /// Adds a line.
    mutating func add(_ fields: [String]) {
        text += fields.map(Self.field).joined(separator: ",") + "\r\n"
    }

    private static func field(_ field: String) -> String {
        guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}
