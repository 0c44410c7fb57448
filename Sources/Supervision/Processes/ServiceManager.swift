import LocalCalls

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Notifies the service manager that started the program (systemd's `sd_notify`): `READY=1`, `STOPPING=1`, `WATCHDOG=1`, `STATUS=…`.
/// Without a service manager it does nothing.
package struct ServiceManager: Sendable {
    private let socketPath: String?
    /// How often to call ``keepAlive()``: half the service manager's timeout; nil when it watches nothing.
    package let watchdogInterval: Duration?

    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`, which the service manager sets for `process`.
    package init(environment: [String: String], process: Int32) {
        let path = environment["NOTIFY_SOCKET"] ?? ""
        socketPath = path.hasPrefix("/") || path.hasPrefix("@") ? path : nil
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(process)" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int($0) } ?? 0
        watchdogInterval = isOurs && microseconds > 0 && socketPath != nil ? .microseconds(microseconds / 2) : nil
    }

    /// Whether there is a service manager.
    package var isPresent: Bool { socketPath != nil }

    /// Says that the program serves requests. `status` is one line of text.
    package func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }

    /// Says that the program is shutting down.
    package func stopping() { send("STOPPING=1\nSTATUS=Shutting down.") }

    /// Says that the program reloads its settings; call ``ready(_:)`` after it.
    package func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        send("RELOADING=1\nMONOTONIC_USEC=\(Int(now.tv_sec) * 1_000_000 + Int(now.tv_nsec) / 1_000)")
    }

    /// Resets the watchdog.
    package func keepAlive() { send("WATCHDOG=1") }

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
