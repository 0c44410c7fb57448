import ArgumentParser
import Foundation
import Supervision

/// `sakuga cluster status`.
struct ClusterStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show a cluster's processes and what they do.",
        discussion:
            "Exit code 0 when all are ready, 1 when there is no cluster, 2 when some are not.\n\nExample:\n  sakuga cluster status"
    )

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(help: "text or json.")
    var format = Format.text

    @OptionGroup(title: "State")
    var state: ClusterStateOptions

    func run() async throws {
        let report: ClusterReport
        do throws(ClusterError) {
            report = try await ClusterReport(state.folder)
        } catch { throw PlainFailure(error) }
        switch format {
        case .text: print(report.table)
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        }
        if report.state != "ready" || report.lines.contains(where: { $0.state != "ready" }) { throw ExitCode(2) }
    }
}
