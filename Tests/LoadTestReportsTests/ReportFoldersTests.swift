import Foundation
import LoadTestReports
import Testing

@Suite struct ReportFoldersTests {
    /// Makes folders with and without reports and runs `body`.
    private func withFolders(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sakuga-reports-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["generator-2", "generator-10", "merged", ".hidden"] {
            let report = folder.appending(path: name)
            try FileManager.default.createDirectory(at: report, withIntermediateDirectories: true)
            try Data("{}".utf8).write(to: report.appending(path: "summary.json"))
        }
        try FileManager.default.createDirectory(at: folder.appending(path: "empty"), withIntermediateDirectories: true)
        try await body(folder.path)
    }

    @Test func `a folder without a report stands for its subfolders, by number and without the merged report`() async throws {
        try await withFolders { folder in
            let found = ReportFolders([folder], except: folder + "/merged").found()
            #expect(found.map { URL(filePath: $0).lastPathComponent } == ["generator-2", "generator-10"])
        }
    }

    @Test func `a folder with a report stands for itself, a missing one stays in the list`() async throws {
        try await withFolders { folder in
            let given = [folder + "/generator-2", folder + "/missing"]
            #expect(ReportFolders(given, except: nil).found() == given)
        }
    }

    @Test func `enough reports are returned at once`() async throws {
        try await withFolders { folder in
            let found = try await ReportFolders([folder], except: nil).found(atLeast: 3, within: 600)
            #expect(found.count == 3)
        }
    }
}
