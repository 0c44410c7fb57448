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
            rates and users are added up step by step. The generators must have run the same steps.

            Example:
              sakuga loadtest merge generator-1 generator-2 --report all
            """)

    @Argument(help: "Folders with reports.")
    var folders: [String]

    @Option(help: ArgumentHelp("Write the joined report here.", valueName: "folder"))
    var report: String?

    func validate() throws {
        guard folders.count >= 2 else { throw ValidationError("Give two folders or more.") }
    }

    func run() async throws {
    }
}
