import Foundation

/// The report folders of a merge: the given folders, or, where one has no report itself, its subfolders with reports.
package struct ReportFolders: Sendable {
    private let given: [String]
    /// The folder of the merged report, which may be among them from an earlier merge.
    private let merged: String?

    /// - Parameters:
    ///   - given: report folders, or folders that contain them.
    ///   - merged: the folder of the merged report; nil for none.
    package init(_ given: [String], except merged: String?) {
        self.given = given
        self.merged = merged.map(Self.standardized)
    }

    /// The folders that exist now, in the order of their names.
    package func found() -> [String] {
        given.flatMap { folder in Self.hasReport(folder) ? [folder] : inside(folder) }
    }

    /// Waits until there are `count` reports, for `seconds` at most, and returns the folders. A report appears whole or not at all.
    package func found(atLeast count: Int, within seconds: Double) async throws -> [String] {
        let end = ContinuousClock.now + .seconds(seconds)
        while true {
            let folders = found()
            if folders.count(where: Self.hasReport) >= count || ContinuousClock.now >= end { return folders }
            try await Task.sleep(for: .seconds(min(1, max(0.05, seconds))))
        }
    }

    private func inside(_ folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        // Hidden folders are reports that are being written.
        let reports = names.filter { !$0.hasPrefix(".") }.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
            .map { URL(filePath: folder).appending(path: $0).path }
            .filter { Self.hasReport($0) && Self.standardized($0) != merged }
        // A missing folder stays in the list: reading it reports the error.
        return reports.isEmpty && !FileManager.default.fileExists(atPath: folder) ? [folder] : reports
    }

    private static func hasReport(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: URL(filePath: folder).appending(path: SummaryFile.name).path)
    }

    private static func standardized(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }
}
