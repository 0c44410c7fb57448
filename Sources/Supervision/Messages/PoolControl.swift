import Foundation
import LocalCalls

/// An operator's command to a pool.
package enum PoolCommand: Sendable, Equatable, Codable {
    /// Report the status.
    case status
    /// Finish the requests in hand and end.
    case stop
    /// Replace the worker in a slot.
    case replace(slot: Int)
    /// Change the number of workers: `4`, `2..8`.
    case scale(String)
    /// Update to another program, another default style, or both.
    case update(binary: String?, style: String?)
    /// Go back to what ran before the last update.
    case rollBack
    /// Have every worker read its settings again.
    case reload
}

/// Sends operators' commands to a pool over its Unix socket, and answers them.
package enum PoolControl {
    /// Sends a command to the pool that listens at `path`, and returns its status after it.
    package static func send(_ command: PoolCommand, to path: String) async throws -> PoolStatus {
        let client = LocalClient(path: path)
        defer { client.close() }
        let reply = try await client.call([UInt8](JSONEncoder().encode(command)), within: .seconds(15))
        return try JSONDecoder().decode(PoolStatus.self, from: Data(reply))
    }

    /// Sends a command that begins an update, and returns the status when the update is over.
    package static func follow(_ command: PoolCommand, to path: String) async throws -> PoolStatus {
        var status = try await send(command, to: path)
        while status.isUpdating {
            try await Task.sleep(for: .milliseconds(200))
            status = try await send(.status, to: path)
        }
        return status
    }

    /// Executes an encoded command; the result is the encoded status.
    package static func answer(_ bytes: [UInt8], _ supervisor: PoolSupervisor) async throws -> [UInt8] {
        guard let command = try? JSONDecoder().decode(PoolCommand.self, from: Data(bytes)) else {
            throw PoolFailure(description: "The pool does not know this command; it may run another version of sakuga.")
        }
        return [UInt8](try JSONEncoder().encode(try await supervisor.execute(command)))
    }

    /// The file name of the socket of the pool on a port.
    package static func name(port: Int) -> String { "sakuga-\(port).sock" }

    /// The sockets of running pools in `folders`.
    package static func found(in folders: [String]) -> [String] {
        var seen: Set<String> = []
        return folders.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
                .filter { $0.hasPrefix("sakuga-") && $0.hasSuffix(".sock") }.map { "\(folder)/\($0)" }
        }.filter { seen.insert($0).inserted && $0.utf8.count <= LocalPath.longest && LocalPath.isAnswered($0) }
    }
}
