import ArgumentParser

/// An address to listen on: `8089`, `127.0.0.1:8089`, `[::1]:8089`. Without a host it is this machine only.
package struct ListeningAddress: ExpressibleByArgument, Sendable, Equatable, CustomStringConvertible {
    /// A host name or address; IPv6 without brackets.
    package var host = "127.0.0.1"
    /// 0 to 65535; 0 takes a free port.
    package var port: Int

    package init(host: String = "127.0.0.1", port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `PORT` or `HOST:PORT`; nil for anything else.
    package init?(argument: String) {
        var digits = argument[...]
        if let colon = argument.lastIndex(of: ":") {
            host = argument[..<colon].filter { $0 != "[" && $0 != "]" }
            digits = argument[argument.index(after: colon)...]
        }
        guard let port = Int(digits), (0...65_535).contains(port), !host.isEmpty else { return nil }
        self.port = port
    }

    /// The URL of a server that listens there on `port`.
    package func url(port: Int) -> String { "http://\(Self.urlHost(host)):\(port)" }

    /// A host as it stands in a URL: IPv6 in brackets.
    package static func urlHost(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    package var description: String { "\(Self.urlHost(host)):\(port)" }
}
