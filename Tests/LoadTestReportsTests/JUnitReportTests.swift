import Foundation
import LoadTestReports
import LoadTesting
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Verdicts as CI systems read them.
struct JUnitReportTests {
    private func text(_ summary: LoadTestSummary) throws -> String {
        String(decoding: try #require(try LoadReport(summary).file("junit.xml")), as: UTF8.self)
    }

    @Test func `there is a case for each objective of each step, and one for the generator`() throws {
        let summary = MadeUpRun.full
        let text = try text(summary)
        let failed = summary.steps.flatMap(\.objectives).count { $0.verdict == .failed }
        let unproven = summary.steps.flatMap(\.objectives).count { $0.verdict == .unproven }
        #expect(failed > 0)
        #expect(
            text.contains(#"tests="\#(summary.steps.count * 2 + 1)" failures="\#(failed)" errors="0" skipped="\#(unproven)""#))
        #expect(text.ranges(of: "<failure ").count == failed)
        #expect(text.contains(#"name="p95 at 50 users""#))
    }

    @Test func `an invalid run is an error`() throws {
        var summary = MadeUpRun(users: [5], secondsPerStep: 3).summary
        summary.generator.complaints = ["The generator's CPU was <busy> & \"late\"."]
        let text = try text(summary)
        #expect(text.contains(#"<error message="The generator&#39;s CPU was &lt;busy&gt; &amp; &quot;late&quot;."/>"#))
    }

    @Test func `whatever a label holds, the file is XML`() throws {
        var summary = MadeUpRun(users: [5], secondsPerStep: 3).summary
        summary.steps[0].label = "]]> <\u{0}\u{1B}[2J\u{FFFE}&\"'"
        let parser = XMLParser(data: Data(try text(summary).utf8))
        #expect(parser.parse())
    }
}
