import Foundation

/// The folders of reports that a merge takes: those that it was given, and those in a folder that has no report itself.
struct ReportFolders: Sendable {
    private let given: [String]
    /// The merge's own report, which may lie among them from an earlier time.
    private let own: String?
    private static let mark = "summary.json"

    init(_ given: [String], besides own: String?) {
        self.given = given
        self.own = own.map(Self.standard)
    }

    /// What is there now, in the order of the names.
    func found() -> [String] {
        given.flatMap { folder in Self.hasReport(folder) ? [folder] : inside(folder) }
    }

    /// Waits until there are so many, at most for so long, and returns what is there then. A report appears whole or not at all.
    func found(atLeast count: Int, within seconds: Double) async throws -> [String] {
        let end = ContinuousClock.now + .seconds(seconds)
        while true {
            let folders = found()
            if folders.count(where: Self.hasReport) >= count || ContinuousClock.now >= end { return folders }
            try await Task.sleep(for: .seconds(min(1, max(0.05, seconds))))
        }
    }

    private func inside(_ folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        // Hidden ones are reports that are being written.
        let reports = names.filter { !$0.hasPrefix(".") }.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
            .map { URL(filePath: folder).appending(path: $0).path }
            .filter { Self.hasReport($0) && Self.standard($0) != own }
        // A folder without any is named by who reads it.
        return reports.isEmpty && !FileManager.default.fileExists(atPath: folder) ? [folder] : reports
    }

    private static func hasReport(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: URL(filePath: folder).appending(path: mark).path)
    }

    private static func standard(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }
}
