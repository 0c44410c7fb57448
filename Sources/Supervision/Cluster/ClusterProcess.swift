import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Runs other programs for the cluster.
enum ClusterProcess {
    /// Runs a member to its end, its output appended to `log`; how it ended, as words that follow its name.
    static func run(_ member: ClusterMember, log: String, began: @escaping @Sendable (Int32) async -> Void) async -> String {
        let added = member.environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) }
        var configuration = Configuration(
            executable: .path(FilePath(member.executable)), arguments: Arguments(member.arguments),
            environment: .inherit.updating(Dictionary(uniqueKeysWithValues: added)))
        // Not the terminal's: Ctrl-C is for the keeper, which stops them in their order.
        configuration.platformOptions.processGroupID = 0
        do {
            let file = try FileDescriptor.open(
                FilePath(log), .writeOnly, options: [.append, .create, .closeOnExec], permissions: .ownerReadWrite)
            let outcome = try await Subprocess.run(
                configuration, input: .none, output: .fileDescriptor(file, closeAfterSpawningProcess: true),
                error: .combinedWithOutput
            ) { execution in
                await began(Int32(execution.processIdentifier.value))
            }
            return words(outcome.terminationStatus)
        } catch {
            return "could not be started: \(error)"
        }
    }

    /// What a short program says, and whether it ended well.
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

    private static func words(_ status: TerminationStatus) -> String {
        switch status {
        case .exited(let code): "ended with code \(code)"
        case .signaled(let signal): "was killed by signal \(signal)"
        }
    }
}
