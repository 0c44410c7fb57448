import Foundation
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
        // What a server said must not end the element that it stands in.
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
