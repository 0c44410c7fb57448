import BlockingThreads
import Foundation
import LoadTesting

/// What a run came to, for people on standard output and in a folder.
struct LoadTestResult: Sendable {
    let summary: LoadTestSummary
    /// The folder of the report; nil for none.
    let report: String?

    /// Prints the step table and what follows of it, and writes the report.
    /// - Throws: `LoadTestExit.reportNotWritten`, when the sentence about it has been told.
    func tell() async throws {
        Self.say(SummaryText(summary).lines(width: 130).joined(separator: "\n"))
        guard let report else { return }
        do {
            try await BlockingThreadPool.shared.run { [summary] in try LoadReport(summary).write(to: report) }
        } catch {
            throw Self.unwritten(error)
        }
        Self.say("\nThe report is in \(report): open \(report)/report.html in a browser.")
    }

    /// Makes sure, before a long test, that the report can be written.
    static func tryOut(_ folder: String) async throws {
        do { try await BlockingThreadPool.shared.run { try LoadReport.tryOut(folder: folder) } } catch { throw unwritten(error) }
    }

    private static func unwritten(_ error: any Error) -> any Error {
        FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
        return LoadTestExit.reportNotWritten
    }

    private static func say(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
}
