import LocalCalls
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One worker's process, from its start to its end.
struct WorkerProcess: Sendable {
    /// How a process ended.
    struct Ending: Sendable, Equatable {
        /// A clause.
        var how: String
        /// Whether it ended by itself with a failure.
        var isOwnDoing: Bool
    }

    let binary: String
    let arguments: [String]
    let seat: WorkerSeat
    let socket: CInt

    /// What belongs to the supervisor alone.
    private static let ownVariables: [Environment.Key] = [
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID",
    ]

    /// Runs it. `began` gets its number. Returns when it has ended.
    func run(began: @escaping @Sendable (Int32) async -> Void) async -> Ending {
        // The reading end goes to the worker; the writing one ends with this process.
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else {
            return Ending(how: "no pipe to it could be made (\(LocalPath.reason()))", isOwnDoing: false)
        }
        let lifeline = ends[1]
        _ = fcntl(lifeline, F_SETFD, FD_CLOEXEC)
        defer { close(lifeline) }
        do {
            let outcome = try await Subprocess.run(
                .path(FilePath(binary)), arguments: Arguments(arguments), environment: environment, platformOptions: options,
                input: .fileDescriptor(FileDescriptor(rawValue: socket), closeAfterSpawningProcess: false),
                output: .fileDescriptor(FileDescriptor(rawValue: ends[0]), closeAfterSpawningProcess: true),
                error: .currentStandardError
            ) { execution in
                await began(execution.processIdentifier.value)
            }
            return Ending(outcome.terminationStatus)
        } catch {
            return Ending(how: "\(binary) can't be started (\(error))", isOwnDoing: true)
        }
    }

    private var environment: Environment {
        var changes: [Environment.Key: String?] = [Environment.Key(stringLiteral: WorkerSeat.variable): seat.text]
        for variable in Self.ownVariables { changes.updateValue(nil, forKey: variable) }
        return .inherit.updating(changes)
    }

    private var options: PlatformOptions {
        var options = PlatformOptions()
        // Ctrl-C in a terminal is for the supervisor, which then asks each worker.
        options.processGroupID = 0
        return options
    }
}

extension WorkerProcess.Ending {
    init(_ status: TerminationStatus) {
        switch status {
        case .exited(0): self.init(how: "it ended by itself", isOwnDoing: false)
        case .exited(let code): self.init(how: "it ended with status \(code)", isOwnDoing: true)
        case .signaled(let signal): self.init(how: "it was killed by signal \(signal)", isOwnDoing: false)
        }
    }
}
