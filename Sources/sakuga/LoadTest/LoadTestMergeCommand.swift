import ArgumentParser
import BlockingThreads
import Foundation
import LoadTestReports
import LoadTesting
import OptionValues

/// `sakuga loadtest merge`: merges the results of several generators.
struct LoadTestMergeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loadtest merge",
        abstract: "Merge the reports of several generators that loaded one target at the same time.",
        discussion: """
            Reads summary.json of each folder, or of its subfolders where the folder itself has no report. Merges the histograms, so that \
            percentiles are those of all requests together, and adds up counts, rates and users step by step. The generators must have \
            run the same steps. Exit codes are those of `loadtest`.

            Examples:
              sakuga loadtest merge generator-1 generator-2 --report all
              sakuga loadtest merge reports --generators 4 --wait 10m --report all
            """)

    @Argument(help: "Folders of reports, or folders that contain such folders.")
    var folders: [String]

    @Option(help: ArgumentHelp("Folder for the merged report.", valueName: "folder"))
    var report: String?

    @Option(help: "Required number of reports.")
    var generators: Int?

    @Option(help: "With --generators: wait up to this long for the reports.")
    var wait: TimeSpan?

    func validate() throws {
        guard !folders.isEmpty, folders.count <= 1_000 else { throw ValidationError("Give 1 to 1000 folders.") }
        if let generators, !(1...1_000).contains(generators) { throw ValidationError("--generators must be 1 to 1000.") }
        if wait != nil, generators == nil { throw ValidationError("--wait requires --generators.") }
    }

    func run() async throws {
        let summary: LoadTestSummary
        do {
            let folders = try await reports()
            summary = try await BlockingThreadPool.shared.run { try LoadTestSummary.joined(folders.map(Self.read)) }
        } catch {
            throw LoadTestFailure.ending(error)
        }
        try await LoadTestResult(summary: summary, report: report).publish()
        if let code = LoadTestExit.code(of: summary, isStrict: false) { throw code }
    }

    private func reports() async throws -> [String] {
        let found = try await ReportFolders(folders, except: report).found(atLeast: generators ?? 0, within: wait?.seconds ?? 0)
        guard found.count == generators ?? max(2, found.count) else {
            let name = folders.joined(separator: ", ")
            guard let generators else {
                throw UnusableFile(
                    name: name, reason: "There is \(found.count == 1 ? "only one report" : "no report"); merging needs two.")
            }
            throw UnusableFile(name: name, reason: "There are \(found.count) reports, but --generators is \(generators).")
        }
        guard found.count <= 1_000 else { throw UnusableFile(name: folders[0], reason: "There are more than 1000 reports.") }
        return found
    }

    private static func read(_ folder: String) throws -> LoadTestSummary {
        let path = URL(filePath: folder).appending(path: SummaryFile.name).path
        do {
            return try SummaryFile.read(path)
        } catch is SummaryFile.Unreadable {
            throw UnusableFile(name: path, reason: "The file cannot be read. Give folders that --report has written.")
        } catch {
            throw UnusableFile(name: path, reason: "\(error)")
        }
    }
}
