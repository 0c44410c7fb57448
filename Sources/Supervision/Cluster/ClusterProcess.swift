import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Runs external programs for the cluster.
enum ClusterProcess {
    /// Runs a member to its end and appends its output to `log`; `onStart` gets its number.
    /// - Returns: how it ended, as a clause without a subject.
    static func run(_ member: ClusterMember, log: String, onStart: @escaping @Sendable (Int32) async -> Void) async -> String {
        let added = member.environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) }
        var configuration = Configuration(
            executable: .path(FilePath(member.executable)), arguments: Arguments(member.arguments),
            environment: .inherit.updating(Dictionary(uniqueKeysWithValues: added)))
        // Ctrl-C in a terminal goes to the supervisor alone, which stops its processes in order.
        configuration.platformOptions.processGroupID = 0
        do {
            let file = try FileDescriptor.open(
                FilePath(log), .writeOnly, options: [.append, .create, .closeOnExec], permissions: .ownerReadWrite)
            let outcome = try await Subprocess.run(
                configuration, input: .none, output: .fileDescriptor(file, closeAfterSpawningProcess: true),
                error: .combinedWithOutput
            ) { execution in
                await onStart(Int32(execution.processIdentifier.value))
            }
            switch outcome.terminationStatus {
            case .exited(let code): return "exited with code \(code)"
            case .signaled(let signal): return "was killed by signal \(signal)"
            }
        } catch {
            return "could not be started: \(error)"
        }
    }

    /// Runs a program that ends soon: its output, and whether it succeeded.
    static func output(of program: String, _ arguments: [String]) async -> (text: String, isSuccess: Bool) {
        do {
            let outcome = try await Subprocess.run(
                .path(FilePath(program)), arguments: Arguments(arguments), output: .string(limit: 65_536),
                error: .combinedWithOutput)
            return (outcome.standardOutput, outcome.terminationStatus.isSuccess)
        } catch {
            return ("\(program): \(error)", false)
        }
    }
}

/// An external program that a cluster needs.
package struct ClusterProgram: Sendable {
    /// Its possible names, the preferred one first.
    let names: [String]
    /// The Debian package.
    let package: String

    /// nginx.
    package static let nginx = ClusterProgram(names: ["nginx"], package: "nginx-light")
    /// Redis, or Valkey, which does the same.
    package static let redis = ClusterProgram(names: ["redis-server", "valkey-server"], package: "redis-server")

    /// The path of the program, looked for in the folders of `path` and where Debian keeps servers.
    package func find(path: String?) throws(ClusterError) -> String {
        let folders = (path ?? "").split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin", "/sbin"]
        for name in names {
            for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
                return "\(folder)/\(name)"
            }
        }
        throw .missing(program: names[0], package: package)
    }
}
