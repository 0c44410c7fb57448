import Foundation
import LocalCalls

/// What an operator can ask of a pool.
package enum PoolCommand: Sendable, Equatable, Codable {
    /// How it is.
    case status
    /// To finish what it has and end.
    case stop
    /// To replace one worker.
    case replace(slot: Int)
    /// To have so many workers: `4`, `2..8`.
    case scale(String)
    /// To roll to another program or default style.
    case update(binary: String?, style: String?)
    /// To go back to what it ran before the last update.
    case rollBack
    /// To have every worker read its settings anew.
    case reload
}

/// Operators' commands, over a Unix socket.
package enum PoolControl {
    /// Gives a command to the pool that listens at `path`, and returns how it is then.
    package static func send(_ command: PoolCommand, to path: String) async throws -> PoolStatus {
        let client = LocalClient(path: path)
        defer { client.close() }
        let reply = try await client.call([UInt8](JSONEncoder().encode(command)), within: .seconds(15))
        return try JSONDecoder().decode(PoolStatus.self, from: Data(reply))
    }

    /// Does what `bytes` ask for.
    package static func answer(_ bytes: [UInt8], _ supervisor: PoolSupervisor) async throws -> [UInt8] {
        guard let command = try? JSONDecoder().decode(PoolCommand.self, from: Data(bytes)) else {
            throw PoolFailure(description: "The pool does not know this command; is its program of another version?")
        }
        return [UInt8](try JSONEncoder().encode(try await supervisor.obey(command)))
    }

    /// The name of the socket of the pool on a port.
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
