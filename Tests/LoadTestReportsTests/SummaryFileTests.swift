import Foundation
import LoadTestReports
import LoadTesting
import Testing

@Suite struct SummaryFileTests {
    @Test func `what is missing, a folder or endless is not read`() throws {
        for path in ["/nowhere/summary.json", "/tmp", "/dev/zero"] {
            #expect(throws: SummaryFile.Unreadable.self) { try SummaryFile.read(path, limit: 1_000) }
        }
    }

    @Test func `a file of something else is reported as such`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("{}".utf8).write(to: file)
        #expect(throws: SummaryError.self) { try SummaryFile.read(file.path) }
    }
}
