import ArgumentParser
import Foundation
import LoadTesting

/// `sakuga loadtest merge`: the results of several generators as one.
struct LoadTestMergeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loadtest merge",
        abstract: "Join the reports of several load generators that loaded one target at the same time.",
        discussion: """
            Reads summary.json of each folder. Histograms are joined, so percentiles are those of all requests together; counts, \
            rates and users are added up step by step. The generators must have run the same steps. Exit codes are those of loadtest.

            Example:
              sakuga loadtest merge generator-1 generator-2 --report all
            """)

    /// A summary has histograms and a timeline, all bounded.
    private static let longestSummary = 256 << 20

    @Argument(help: "Folders with reports.")
    var folders: [String]

    @Option(help: ArgumentHelp("Write the joined report here.", valueName: "folder"))
    var report: String?

    func validate() throws {
        guard folders.count >= 2 else { throw ValidationError("Give two folders or more.") }
        guard folders.count <= 1_000 else { throw ValidationError("Give 1000 folders at most.") }
    }

    func run() async throws {
        let summary: LoadTestSummary
        do {
            summary = try await OffPool.run { try LoadTestSummary.joined(folders.map(Self.read)) }
        } catch {
            throw LoadTestFailure.ending(error)
        }
        try await LoadTestResult(summary: summary, report: report).tell()
        if let code = LoadTestExit.code(of: summary, isStrict: false) { throw code }
    }

    private static func read(_ folder: String) throws -> LoadTestSummary {
        let path = URL(filePath: folder).appending(path: "summary.json").path
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            return try LoadTestSummary(json: try file.read(upToCount: longestSummary) ?? Data())
        } catch let error as SummaryError {
            throw UnusableFile(name: path, reason: "\(error)")
        } catch {
            throw UnusableFile(name: path, reason: "it can't be read; give folders that --report has written")
        }
    }
}
