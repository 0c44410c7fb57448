import Foundation
import LoadTestReports
import LoadTesting
import Testing

/// A report's files in its folder.
struct ReportFolderTests {
    private let above = FileManager.default.temporaryDirectory.appendingPathComponent(
        "sakuga-report-\(UUID().uuidString)", isDirectory: true)
    private let report = LoadReport(MadeUpRun(users: [5], secondsPerStep: 3).summary)

    private func cleanly(_ body: (String) throws -> Void) throws {
        try FileManager.default.createDirectory(at: above, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: above) }
        try body(above.appendingPathComponent("report").path)
    }

    private func names(_ path: String) throws -> Set<String> { Set(try FileManager.default.contentsOfDirectory(atPath: path)) }

    @Test func `all files are there, and nothing else`() throws {
        try cleanly { path in
            try report.write(to: path)
            #expect(try names(path) == Set(LoadReport.fileNames))
            #expect(try names(above.path) == ["report"])
        }
    }

    @Test func `folders above are made, an empty one is used, and other files stay`() throws {
        try cleanly { path in
            try report.write(to: path + "/deep/er")
            try FileManager.default.createDirectory(atPath: path + "/empty", withIntermediateDirectories: true)
            try report.write(to: path + "/empty")
            try Data("mine".utf8).write(to: URL(fileURLWithPath: path + "/empty/notes.txt"))
            try Data("old".utf8).write(to: URL(fileURLWithPath: path + "/empty/report.html"))
            try report.write(to: path + "/empty/")
            #expect(try names(path + "/empty") == Set(LoadReport.fileNames + ["notes.txt"]))
            #expect(try Data(contentsOf: URL(fileURLWithPath: path + "/empty/report.html")).count > 1000)
        }
    }

    @Test func `a file in place of the folder is reported, before a test and after it`() throws {
        try cleanly { path in
            try Data("x".utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: ReportError.notFolder(path: path)) { try report.write(to: path) }
            #expect(throws: ReportError.notFolder(path: path)) { try LoadReport.tryOut(folder: path) }
            #expect(throws: ReportError.notFolder(path: path + "/below")) { try LoadReport.tryOut(folder: path + "/below") }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "x")
        }
    }

    @Test func `trying out leaves nothing behind`() throws {
        try cleanly { path in
            try LoadReport.tryOut(folder: path)
            #expect(try names(above.path).isEmpty)
        }
    }

    @Test func `the summary in it is read as it was`() throws {
        try cleanly { path in
            try report.write(to: path)
            let read = try LoadTestSummary(json: try Data(contentsOf: URL(fileURLWithPath: path + "/summary.json")))
            #expect(read.steps.count == 1 && read.target.url == "http://127.0.0.1:7860")
        }
    }

    @Test func `errors say what to do`() {
        #expect(ReportError.diskFull(path: "/x").description.contains("disk is full"))
        #expect(ReportError.denied(path: "/x").description.contains("permission denied"))
    }
}
