package import Serving

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

    /// Whether only programs of this machine reach the address.
    var isLoopback: Bool { HostName(host).isLoopback }
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

/// The console can't be started like this.
package enum AdminServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Others could reach the console, and it asks for nothing.
    case tokenMissing(host: String)
    /// The token can't be sent in a header.
    case unusableToken

    package var description: String {
        switch self {
        case .tokenMissing(let host):
            "The console on \(host) could be reached by others. Give it a token, or let it listen on 127.0.0.1."
        case .unusableToken:
            "The console's token doesn't work: it has to be 8 to 512 printable characters without spaces."
        }
    }
}
