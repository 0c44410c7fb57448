import Foundation
import LoadGeneration
import LoadTestReports
import LoadTesting
import Testing

/// The page of a run; in a browser it is tested by `Tests/Conformance/browser/report_test.py`.
struct ReportPageTests {
    @Test func `a page is self-contained`() throws {
        let page = try page(of: MadeUpRun(users: [5, 10], secondsPerStep: 5).summary)
        #expect(page.hasPrefix("<!doctype html>"))
        #expect(!page.contains("{{"))
        for loading in ["<link rel=\"stylesheet\"", "<script src", "<img", "@import", "import "] where page.contains(loading) {
            #expect(loading == "import " && !page.contains("\nimport "), "the page loads something: \(loading)")
        }
        #expect(page.contains("default-src 'none'"))
    }

    @Test func `what a server said can't end the script or begin an element`() throws {
        var run = MadeUpRun(users: [60], secondsPerStep: 5)
        run.sample = "</script><script>alert(1)</script>{{script}}"
        run.label = RequestLabel(method: "POST", name: "<img src=x onerror=alert(1)>")
        let page = try page(of: run.summary)
        #expect(!page.contains("<script>alert(1)"))
        #expect(!page.contains("<img"))
        #expect(page.contains("\\u003c/script>"))
    }

    @Test func `a browser without JavaScript sees the table`() throws {
        let page = try page(of: MadeUpRun(users: [5], secondsPerStep: 5).summary)
        let plain = try #require(page.range(of: "<pre class=\"plain\">"))
        #expect(page[plain.upperBound...].prefix(400).contains("users"))
    }

    @Test func `a run that measured nothing has a page too`() throws {
        var summary = MadeUpRun(users: [5], secondsPerStep: 5).summary
        summary.steps = []
        summary.timeline = []
        summary.capacity = nil
        summary.requests = []
        #expect(try page(of: summary).contains("</html>"))
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["SAKUGA_REPORT_SAMPLE"] != nil))
    func `a made-up run's report is written to SAKUGA_REPORT_SAMPLE for looking at it`() throws {
        let folder = try #require(ProcessInfo.processInfo.environment["SAKUGA_REPORT_SAMPLE"])
        try LoadReport(MadeUpRun.full).write(to: folder)
    }

    private func page(of summary: LoadTestSummary) throws -> String {
        String(decoding: try LoadReport(summary).page(), as: UTF8.self)
    }
}
