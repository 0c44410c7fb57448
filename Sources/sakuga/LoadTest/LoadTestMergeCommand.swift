import ArgumentParser
import BlockingThreads
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

            A folder without a report of its own stands for the reports in its folders.

            Examples:
              sakuga loadtest merge generator-1 generator-2 --report all
              sakuga loadtest merge reports --generators 4 --wait 10m --report all
            """)

    /// A summary has histograms and a timeline, all bounded.
    private static let longestSummary = 256 << 20

    @Argument(help: "Folders with reports, or folders of such.")
    var folders: [String]

    @Option(help: ArgumentHelp("Write the joined report here.", valueName: "folder"))
    var report: String?

    @Option(help: "How many reports there must be; fewer or more are refused.")
    var generators: Int?

    @Option(help: "With --generators: wait for so many reports, at most for so long.")
    var wait: TimeSpan?

    func validate() throws {
        guard !folders.isEmpty, folders.count <= 1_000 else { throw ValidationError("Give one folder to 1000.") }
        if let generators, !(1...1_000).contains(generators) { throw ValidationError("--generators is 1 to 1000.") }
        if wait != nil, generators == nil { throw ValidationError("--wait goes with --generators.") }
    }

    func run() async throws {
        let summary: LoadTestSummary
        do {
            let folders = try await reports()
            summary = try await BlockingThreadPool.shared.run { try LoadTestSummary.joined(folders.map(Self.read)) }
        } catch {
            throw LoadTestFailure.ending(error)
        }
        try await LoadTestResult(summary: summary, report: report).tell()
        if let code = LoadTestExit.code(of: summary, isStrict: false) { throw code }
    }

    private func reports() async throws -> [String] {
        let found = try await ReportFolders(folders, besides: report).found(atLeast: generators ?? 0, within: wait?.seconds ?? 0)
        guard found.count == generators ?? max(2, found.count) else {
            let name = folders.joined(separator: ", ")
            guard let generators else {
                throw UnusableFile(
                    name: name, reason: "there \(found.count == 1 ? "is one report" : "is no report"); it takes two to join")
            }
            throw UnusableFile(name: name, reason: "there are \(found.count) reports, and --generators says \(generators)")
        }
        guard found.count <= 1_000 else { throw UnusableFile(name: folders[0], reason: "more than 1000 reports can't be joined") }
        return found
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
