import LocalCalls

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Tells the service manager that started the program (systemd) how it is: `READY=1`, `STOPPING=1`, `WATCHDOG=1`, `STATUS=…`.
/// Without one, every message goes nowhere.
package struct ServiceManager: Sendable {
    private let socketPath: String?
    /// How often the manager wants to hear `WATCHDOG=1`; nil: it does not. It is half of what the manager bears.
    package let watchdogInterval: Duration?

    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`, as the manager sets them for the process `process`.
    package init(environment: [String: String], process: Int32) {
        let path = environment["NOTIFY_SOCKET"] ?? ""
        socketPath = path.hasPrefix("/") || path.hasPrefix("@") ? path : nil
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int($0) } ?? 0
        watchdogInterval = isOurs && microseconds > 0 && socketPath != nil ? .microseconds(microseconds / 2) : nil
    }

    /// Whether anybody listens.
    package var isThere: Bool { socketPath != nil }

    /// The program takes requests. `status` is a line for people.
    package func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }

    /// The program is ending.
    package func stopping() { send("STOPPING=1\nSTATUS=Finishing the requests in hand.") }

    /// The program reads its settings anew; `ready` follows.
    package func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        send("RELOADING=1\nMONOTONIC_USEC=\(Int(now.tv_sec) * 1_000_000 + Int(now.tv_nsec) / 1_000)")
    }

    /// The program lives.
    package func alive() { send("WATCHDOG=1") }

    #if canImport(Darwin)
        private static let flags: CInt = 0
    #else
        private static let flags = CInt(MSG_NOSIGNAL)
    #endif

    private func send(_ message: String) {
        guard let socketPath else { return }
        #if canImport(Darwin)
            let descriptor = socket(AF_UNIX, SOCK_DGRAM, 0)
        #else
            let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        #endif
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = UnixAddress(socketPath)
        let bytes = Array(message.utf8)
        _ = address.withPointer { sendto(descriptor, bytes, bytes.count, Self.flags, $0, $1) }
    }
}
