import ArgumentParser
import Foundation
import Supervision

/// `sakuga cluster down`.
struct ClusterDownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down", abstract: "Stop a cluster; requests in hand are finished first.",
        discussion: """
            Leaves no process, port or file behind, but for Redis' own file where jobs still wait in it: the next `up --redis` goes on \
            with them.

            Example:
              sakuga cluster down
            """)

    @OptionGroup(title: "State")
    var state: ClusterStateOptions

    func run() async throws {
        do throws(ClusterError) {
            let waiting = try await ClusterControl.down(state.folder)
            print("The cluster has ended.")
            if waiting > 0 {
                print("Jobs that still wait are kept in \(state.folder.redis); the next `up --redis` takes them up.")
            }
        } catch { throw PlainFailure(error) }
    }
}
