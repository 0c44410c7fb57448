package import Serving
import WebPages

/// The operator's console: its address, its access rules and its limits.
package struct AdminConfiguration: Sendable {
    /// The name or address to listen on. Anything but a loopback address requires a `token` or `keys`.
    package var host = "127.0.0.1"
    /// The port; 0 picks a free one.
    package var port = 7861
    /// The bearer token that everything but the page's own files requires. Without it and without `keys` anyone who reaches the port has
    /// access.
    package var token: String?
    /// API keys. One with the scope `admin` is accepted like the token.
    package var keys: APIKeyRing?
    /// Further names under which browsers may call a console on a loopback address.
    package var hostNames: [String] = []
    /// The version of the program.
    package var version = "unknown"
    /// The memory limit of the process in bytes; nil if there is none.
    package var memoryLimit: Int?
    /// The maximum number of open connections.
    package var connectionLimit = 64
    /// The maximum number of open event streams. Further ones get 503.
    package var eventStreamLimit = 16
    /// The interval at which the state is sampled and sent.
    package var interval: Duration = .seconds(1)

    /// The defaults, for an operator on this machine.
    package init() {}

    /// The access rules.
    /// - Throws: ``ConsoleError`` if other machines could use the console without a token.
    var access: ConsoleAccess {
        get throws(ConsoleError) {
            let acceptsKey = keys.map { keys in
                { @Sendable (key: String) in keys.key(key)?.scopes.contains(.admin) ?? false }
            }
            return try ConsoleAccess(host: host, hostNames: hostNames, token: token, accepts: acceptsKey)
        }
    }
}

/// The resources that the process uses. Unknown values are nil.
package struct ProcessReading: Sendable, Equatable {
    /// The processor time of all threads since the start, in seconds.
    package var cpuSeconds: Double?
    /// The memory in use, in bytes.
    package var residentBytes: Int?
    /// The number of open files and connections.
    package var openFiles: Int?

    /// Creates a reading.
    package init(cpuSeconds: Double? = nil, residentBytes: Int? = nil, openFiles: Int? = nil) {
        self.cpuSeconds = cpuSeconds
        self.residentBytes = residentBytes
        self.openFiles = openFiles
    }
}
