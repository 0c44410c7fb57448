package import Foundation
package import LoadTesting

/// A run as files: a page for people, a summary for programs, Locust's CSV files, a histogram log, and JUnit's XML for CI.
package struct LoadReport: Sendable {
    /// The names of all files of a report.
    package static let fileNames = [
        "report.html", SummaryFile.name, "sakuga_stats.csv", "sakuga_stats_history.csv", "sakuga_failures.csv",
        "sakuga_exceptions.csv", "latency.hlog", "junit.xml",
    ]

    private let summary: LoadTestSummary
    private let log: IntervalLog?

    /// A report on a run. `log`: the run's latencies in intervals of your choice; without it, the log has an interval for each step.
    package init(_ summary: LoadTestSummary, log: IntervalLog? = nil) {
        self.summary = summary
        self.log = log
    }

    /// Makes sure, before a long test, that a report can be written to `folder`; makes the folders above it.
    package static func tryOut(folder: String) throws(ReportError) {
        _ = try ReportPage()
        try ReportFolder(folder).tryOut()
    }

    /// Writes all files to `folder`: they appear together, or not at all. Files of the same names are replaced, others stay.
    ///
    /// Blocks; call it where that does no harm.
    package func write(to folder: String) throws(ReportError) {
        try ReportFolder(folder).write(files(path: folder))
    }

    /// The page alone, as UTF-8, for a console's download. Throws when the program's files are missing.
    package func page() throws(ReportError) -> Data {
        try making(path: "report.html") { try ReportPage().html(summary, chartScript: ChartScript.load()) }
    }

    /// One of the report's files by its name; nil if there is none of that name.
    package func file(_ name: String) throws(ReportError) -> Data? {
        guard Self.fileNames.contains(name) else { return nil }
        return try bytes(of: name, path: name)
    }

    private func files(path: String) throws(ReportError) -> [(name: String, bytes: Data)] {
        var files: [(name: String, bytes: Data)] = []
        for name in Self.fileNames { files.append((name, try bytes(of: name, path: path))) }
        return files
    }

    private func bytes(of name: String, path: String) throws(ReportError) -> Data {
        let locust = LocustFiles(summary)
        return try making(path: path) {
            switch name {
            case "report.html": try page()
            case SummaryFile.name: try summary.json()
            case "sakuga_stats.csv": Data(locust.stats.utf8)
            case "sakuga_stats_history.csv": Data(locust.history.utf8)
            case "sakuga_failures.csv": Data(locust.failures.utf8)
            case "sakuga_exceptions.csv": Data(locust.exceptions.utf8)
            case "latency.hlog": Data(try (log ?? IntervalLog(summary)).text().utf8)
            default: Data(JUnitReport(summary).text.utf8)
            }
        }
    }

    private func making(path: String, _ work: () throws -> Data) throws(ReportError) -> Data {
        do { return try work() } catch let error as ReportError { throw error } catch {
            throw .failed(path: path, reason: "\(error)")
        }
    }
}
