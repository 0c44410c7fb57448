import BlockingThreads
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a supervisor tells a worker that it starts, in the variable `SAKUGA_WORKER`. The listening socket comes as standard input, and
/// as standard output a pipe that ends with the supervisor.
package struct WorkerSeat: Sendable, Equatable, Codable {
    /// The worker's number; no other worker of the pool ever has it.
    package var id: Int
    /// Its place.
    package var slot: Int
    /// Its compute threads.
    package var threads: Int
    /// The default style, where it is another than the settings say.
    package var style: String?
    /// The port on which the pool listens.
    package var port: Int
    /// The process that started it.
    package var supervisor: Int32
    /// The Unix socket on which the worker answers its supervisor.
    package var socket: String
    /// The Unix socket on which the supervisor answers its workers.
    package var pool: String
    /// The Unix socket on which the supervisor keeps the jobs of all workers; nil where they are kept elsewhere.
    package var store: String?

    /// The name of the variable.
    package static let variable = "SAKUGA_WORKER"

    /// The worker's seat; nil for a program that no supervisor has started, or where the variable is nonsense.
    package init?(environment: [String: String]) {
        guard let text = environment[Self.variable], let seat = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) else {
            return nil
        }
        self = seat
    }

    init(_ order: WorkerOrder, port: Int, folder: String, store: String?) {
        id = order.id
        slot = order.slot
        threads = order.threads
        style = order.generation.style
        self.port = port
        supervisor = getpid()
        socket = "\(folder)/worker-\(order.id)"
        pool = "\(folder)/pool"
        self.store = store
    }

    var text: String {
        guard let data = try? JSONEncoder().encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    /// Sits down: takes the listening socket, and ends this process when the supervisor does, whatever this process is doing then.
    /// To be called once, before anything reads standard input or writes standard output. The result is the socket.
    package func take() -> CInt {
        let socket = fcntl(0, F_DUPFD_CLOEXEC, 3), lifeline = fcntl(1, F_DUPFD_CLOEXEC, 3)
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        dup2(nothing, 0)
        dup2(2, 1)
        close(nothing)
        dieWithParent()
        watch(lifeline)
        return socket
    }

    /// On Linux the system itself kills an orphan, even one that is stopped.
    private func dieWithParent() {
        #if os(Linux)
            // Not called by its name, since Swift can't call C functions with a variable number of arguments; on Linux' processors these
            // take their arguments as others do.
            typealias Control = @convention(c) (CInt, CUnsignedLong, CUnsignedLong, CUnsignedLong, CUnsignedLong) -> CInt
            if let symbol = dlsym(nil, "prctl") {
                _ = unsafeBitCast(symbol, to: Control.self)(Self.setParentDeathSignal, CUnsignedLong(SIGKILL), 0, 0, 0)
            }
        #endif
        // The supervisor may have died before that.
        if getppid() != supervisor { _exit(Self.orphaned) }
    }

    /// Where the system does not, the end of the pipe tells it; the thread is one that no work of ours can keep busy.
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
