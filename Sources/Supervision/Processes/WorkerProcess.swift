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

/// One worker's process.
struct WorkerProcess: Sendable {
    /// How a process ended.
    struct Ending: Sendable, Equatable {
        /// A clause.
        var reason: String
        /// Whether the program itself exited with a failure.
        var isFailure: Bool
    }

    let binary: String
    let arguments: [String]
    let launch: WorkerLaunch
    /// The listening socket.
    let socket: CInt

    /// Variables of the service manager that are meant for the supervisor alone.
    private static let removedVariables: [Environment.Key] = [
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID",
    ]

    /// Runs the process to its end; `onStart` gets its number.
    func run(onStart: @escaping @Sendable (Int32) async -> Void) async -> Ending {
        // The worker gets the reading end; the writing end closes with this process, however it ends.
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else {
            return Ending(reason: "no pipe to it could be made (\(LocalPath.reason()))", isFailure: false)
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
                await onStart(execution.processIdentifier.value)
            }
            return Ending(outcome.terminationStatus)
        } catch {
            return Ending(reason: "\(binary) can't be started (\(error))", isFailure: true)
        }
    }

    private var environment: Environment {
        var changes: [Environment.Key: String?] = [Environment.Key(stringLiteral: WorkerLaunch.variable): launch.text]
        for variable in Self.removedVariables { changes.updateValue(nil, forKey: variable) }
        return .inherit.updating(changes)
    }

    private var options: PlatformOptions {
        var options = PlatformOptions()
        // Ctrl-C in a terminal goes to the supervisor alone, which then drains the workers.
        options.processGroupID = 0
        return options
    }
}

extension WorkerProcess.Ending {
    init(_ status: TerminationStatus) {
        switch status {
        case .exited(0): self.init(reason: "it exited", isFailure: false)
        case .exited(let code): self.init(reason: "it exited with status \(code)", isFailure: true)
        case .signaled(let signal): self.init(reason: "it was killed by signal \(signal)", isFailure: false)
        }
    }
}
