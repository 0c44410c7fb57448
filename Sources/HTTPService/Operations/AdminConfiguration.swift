package import Serving
import WebPages

/// Where the console listens and who may use it.
package struct AdminConfiguration: Sendable {
    /// Name or address to listen on. Anything but a loopback one needs a `token` or `keys`.
    package var host = "127.0.0.1"
    /// Port; 0 takes a free one.
    package var port = 7861
    /// What `Authorization: Bearer` has to show for everything but the page's own files; without it and
    /// without `keys` everybody who reaches the port is let in.
    package var token: String?
    /// API keys; one with the scope `admin` opens the console as the token does. With them somebody without either is not let in.
    package var keys: APIKeyRing?
    /// Names under which browsers may call a console that listens on a loopback address, besides the loopback names themselves.
    package var hostNames: [String] = []
    /// What to call this program's version.
    package var version = "unknown"
    /// What the process's memory is meant to stay under, in bytes; nil when nothing is.
    package var memoryLimit: Int?
    /// Most connections at once.
    package var connectionLimit = 64
    /// Most consoles that follow the figures at once; what comes beyond is sent away with 503.
    package var eventStreamLimit = 16
    /// How often the figures are read and sent.
    package var interval: Duration = .seconds(1)

    /// The defaults: an operator on this machine.
    package init() {}

    /// Who may use it. Throws when others could reach it and it asks for nothing.
    var access: ConsoleAccess {
        get throws(ConsoleError) {
            let ring = keys.map { keys in
                { @Sendable (shown: String) in keys.key(shown)?.scopes.contains(.admin) ?? false }
            }
            return try ConsoleAccess(host: host, hostNames: hostNames, token: token, opens: ring)
        }
    }
}

/// What the process takes of the machine, as whoever starts the console measures it. A figure that is not known is nil.
package struct ProcessReading: Sendable, Equatable {
    /// Processor time of all threads since the start, in seconds.
    package var cpuSeconds: Double?
    /// Bytes of memory in use.
    package var residentBytes: Int?
    /// Open files and connections.
    package var openFiles: Int?

    /// Makes a reading.
    package init(cpuSeconds: Double? = nil, residentBytes: Int? = nil, openFiles: Int? = nil) {
        self.cpuSeconds = cpuSeconds
        self.residentBytes = residentBytes
        self.openFiles = openFiles
    }
}
