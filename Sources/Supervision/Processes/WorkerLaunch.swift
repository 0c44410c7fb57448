import BlockingThreads
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a supervisor passes to a worker that it starts, as JSON in the variable `SAKUGA_WORKER`. Standard input is the listening socket,
/// standard output a pipe that closes when the supervisor dies.
///
/// The property names are a contract between programs of different versions: during a rolling update an old supervisor starts new workers.
package struct WorkerLaunch: Sendable, Equatable, Codable {
    /// Unique in the pool's life.
    package var id: Int
    /// The worker's slot, 0 and up.
    package var slot: Int
    /// The number of compute threads.
    package var threads: Int
    /// The default style; nil for that of the settings.
    package var style: String?
    /// The port that the pool listens on.
    package var port: Int
    /// The supervisor's process.
    package var supervisor: Int32
    /// The Unix socket on which the worker answers its supervisor.
    package var socket: String
    /// The Unix socket on which the supervisor answers its workers.
    package var pool: String
    /// The Unix socket of the supervisor's job store; nil where workers have a store of their own.
    package var store: String?

    /// The name of the variable.
    package static let variable = "SAKUGA_WORKER"

    /// Reads the variable; nil where it is missing or damaged, as in a program that no supervisor has started.
    package init?(environment: [String: String]) {
        guard let text = environment[Self.variable], let launch = try? JSONDecoder().decode(Self.self, from: Data(text.utf8))
        else { return nil }
        self = launch
    }

    init(_ worker: WorkerSpecification, _ plan: PoolPlan) {
        id = worker.id
        slot = worker.slot
        threads = worker.threads
        style = worker.generation.style
        port = plan.socket.port
        supervisor = getpid()
        socket = "\(plan.folder)/worker-\(worker.id)"
        pool = "\(plan.folder)/pool"
        store = plan.store
    }

    var text: String {
        guard let data = try? JSONEncoder().encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    /// Takes over the listening socket, and arranges for this process to end with its supervisor. Call it once, before anything reads
    /// standard input or writes standard output.
    /// - Returns: the listening socket.
    package func takeOver() -> CInt {
        let socket = fcntl(0, F_DUPFD_CLOEXEC, 3), lifeline = fcntl(1, F_DUPFD_CLOEXEC, 3)
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        dup2(nothing, 0)
        dup2(2, 1)
        close(nothing)
        dieWithParent()
        watch(lifeline)
        return socket
    }

    /// On Linux the kernel kills an orphan, even one that is stopped.
    private func dieWithParent() {
        #if os(Linux)
            // Swift can't call C functions with variable arguments by name. On Linux' processors they take these arguments as others do.
            typealias Control = @convention(c) (CInt, CUnsignedLong, CUnsignedLong, CUnsignedLong, CUnsignedLong) -> CInt
            if let symbol = dlsym(nil, "prctl") {
                _ = unsafeBitCast(symbol, to: Control.self)(Self.setParentDeathSignal, CUnsignedLong(SIGKILL), 0, 0, 0)
            }
        #endif
        // The supervisor may have died before prctl.
        if getppid() != supervisor { _exit(Self.orphaned) }
    }

    /// Elsewhere the end of the pipe tells it; on a thread of its own, which no other work can keep busy.
    private func watch(_ lifeline: CInt) {
        NamedThread.start("lifeline") {
            var byte: UInt8 = 0
            while true {
                let count = read(lifeline, &byte, 1)
                if count == 0 || count < 0 && errno != EINTR { _exit(Self.orphaned) }
            }
        }
    }

    private static let orphaned: CInt = 70
    /// `PR_SET_PDEATHSIG` of linux/prctl.h.
    private static let setParentDeathSignal: CInt = 1
}
