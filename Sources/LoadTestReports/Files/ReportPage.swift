package import Foundation
import LatencyHistograms
import LoadTesting

/// `report.html`: one file that needs nothing else, made of the files in `Page`.
struct ReportPage {
    private let template: String
    private let style: String
    private let script: String

    private static let scripts = ["strings.js", "words.js", "charts.js", "graphs.js", "sentences.js", "report.js"]

    /// Reads the page's files, which the program carries with it.
    init() throws(ReportError) {
        template = try Self.read("report.html")
        style = try Self.read("report.css")
        var parts: [String] = []
        for name in Self.scripts { parts.append(try Self.read(name)) }
        // One scope of its own, so that no name meets one of Chart.js.
        script = "(() => {\n\"use strict\";\n" + parts.joined(separator: "\n") + "})();\n"
    }

    /// The page; `chartScript` is Chart.js, without which it has tables only.
    func html(_ summary: LoadTestSummary, chartScript: Data?) throws -> Data {
        let charts = chartScript.map { "<script>\(Self.inlined(String(decoding: $0, as: UTF8.self)))</script>" } ?? ""
        let data = try Self.data(summary)
        let text = XMLText.escaped(SummaryText(summary).lines().joined(separator: "\n"))
        let values = ["css": style, "script": script, "chart-script": charts, "data": data, "text": text]
        return Data(filled(values).utf8)
    }

    /// Values are put in once, so that nothing inside one is taken for a place.
    private func filled(_ values: [String: String]) -> String {
        var page = ""
        var rest = template[...]
        while let opening = rest.range(of: "{{"), let closing = rest[opening.upperBound...].range(of: "}}") {
            page += rest[..<opening.lowerBound] + (values[String(rest[opening.upperBound..<closing.lowerBound])] ?? "")
            rest = rest[closing.upperBound...]
        }
        return page + rest
    }

    private struct Payload: Encodable {
        var summary: LoadTestSummary
        var spectra: [LatencyCurve]
    }

    private static func data(_ summary: LoadTestSummary) throws -> String {
        var slim = summary
        for index in slim.steps.indices {
            slim.steps[index].histogram = LatencyHistogram()
            slim.steps[index].correctedHistogram = LatencyHistogram()
        }
        for index in slim.timeline.indices { slim.timeline[index].percentiles = nil }
        let encoder = LoadTestSummary.encoder
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = try encoder.encode(Payload(summary: slim, spectra: summary.steps.map(LatencyCurve.init)))
        // Text from a server must not end the element that contains it.
        return String(decoding: json, as: UTF8.self).replacing("<", with: "\\u003c")
    }

    private static func inlined(_ script: String) -> String {
        script.replacing("</script", with: "<\\/script")
    }

    private static func read(_ name: String) throws(ReportError) -> String {
        guard let folder = Bundle.module.url(forResource: "Page", withExtension: nil),
            let text = try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        else { throw .pageMissing(name) }
        return text
    }
}

/// Chart.js as the system has it: Debian and Ubuntu install it with `libjs-chart.js`.
package enum ChartScript {
    /// Where systems keep it. Homebrew has no package; there, `SAKUGA_CHART_JS` names the file.
    private static let places = [
        "/usr/share/javascript/chart.js/chart.min.js",
        "/usr/share/nodejs/chart.js/dist/chart.min.js",
        "/usr/local/share/javascript/chart.js/chart.min.js",
    ]
    private static let maximumBytes = 4 << 20

    /// The script's bytes (UTF-8); nil where there is none, and pages then show tables without charts.
    package static func load(environment: [String: String] = ProcessInfo.processInfo.environment) -> Data? {
        let named = environment["SAKUGA_CHART_JS"].map { [$0] } ?? places
        for path in named {
            guard let data = FileManager.default.contents(atPath: path), data.count <= maximumBytes, !data.isEmpty else {
                continue
            }
            return data
        }
        return nil
    }
}

/// A histogram for the page's charts: the latency at each percentile, and the number of responses in each of some 30 ranges.
struct LatencyCurve: Encodable {
    /// Pairs of percent and seconds.
    var service: [[Double]]
    /// The same of the corrected latencies.
    var corrected: [[Double]]
    /// Lower and upper end in seconds, and the count.
    var bins: [[Double]]

    init(_ step: StepSummary) {
        service = Self.spectrum(step.histogram)
        corrected = Self.spectrum(step.correctedHistogram)
        bins = Self.bins(step.histogram.buckets)
    }

    /// Percentiles that come ever closer to 100: with each five of them, half of what was left.
    private static func spectrum(_ histogram: LatencyHistogram) -> [[Double]] {
        guard !histogram.isEmpty else { return [] }
        var percents: [Double] = [], left = 100.0
        while left * Double(histogram.count) > 100, left > 1e-5 {
            percents += (0..<5).map { 100 - left * (1 - Double($0) / 10) }
            left /= 2
        }
        percents.append(100)
        return zip(percents, histogram.values(atPercentiles: percents)).map { [$0, Double($1) / 1e6] }
    }

    private static func bins(_ buckets: [LatencyBucket]) -> [[Double]] {
        guard let first = buckets.first, let last = buckets.last else { return [] }
        let low = Double(max(1, first.lowest)), high = Double(last.highest + 1)
        let edges = Edges(low: low, high: high, count: 30)
        var counts = [Double](repeating: 0, count: edges.count)
        for bucket in buckets { counts[edges.bin(of: Double(bucket.lowest + bucket.highest) / 2)] += Double(bucket.count) }
        return counts.enumerated().map { [edges.edge($0) / 1e6, edges.edge($0 + 1) / 1e6, $1] }
    }

    /// Equal steps, or equal factors where the largest is many times the smallest.
    private struct Edges {
        let low: Double
        let high: Double
        let count: Int
        private var isWide: Bool { high > 8 * low }

        func edge(_ index: Int) -> Double {
            let share = Double(index) / Double(count)
            return isWide ? low * pow(high / low, share) : low + (high - low) * share
        }

        func bin(of value: Double) -> Int {
            let share = isWide ? log(max(value, low) / low) / log(high / low) : (value - low) / (high - low)
            return max(0, min(count - 1, Int(share * Double(count))))
        }
    }
}
