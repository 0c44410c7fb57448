import ArgumentParser
import Foundation
import Supervision

/// Begins a roll and waits for its end.
struct RollFollower {
    let options: CtlOptions

    func follow(_ command: PoolCommand) async throws {
        var status = try await options.ask(command)
        while ["under way", "rolling back"].contains(status.update) {
            try await Task.sleep(for: .milliseconds(200))
            status = try await options.ask(.status)
        }
        try options.show(status)
        if let failure = status.updateFailure, status.update == "failed" {
            FileHandle.standardError.write(Data("Error: the update was given up and undone: \(failure)\n".utf8))
            throw ExitCode.failure
        }
    }
}
