import NIOCore

/// The one server that a test loads, fixed at the start, so that no page, redirect or link can direct the load elsewhere.
package struct LoadTarget: Sendable, Hashable {
    /// Whether the server is spoken to over TLS.
    package let isSecure: Bool
    /// The host's name or address, an IPv6 address without its brackets.
    package let host: String
    /// The port, the scheme's own where the address names none.
    package let port: Int
    /// The prefix of every path: the address's own path without a trailing slash, often empty.
    package let basePath: String

    /// Reads `http://host:port/base` or `https://…`. A user name, a query or a fragment is refused: they would be lost.
    package init(_ address: String) throws(LoadTargetError) {
        let lower = address.lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else { throw LoadTargetError.scheme(address) }
        isSecure = lower.hasPrefix("https://")
        let rest = address.dropFirst(isSecure ? 8 : 7)
        guard rest.allSatisfy({ $0.isASCII && !$0.isWhitespace && $0 != "?" && $0 != "#" && $0 != "\\" }) else {
            throw LoadTargetError.extras(address)
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        guard !authority.contains("@") else { throw LoadTargetError.extras(address) }
        guard let place = Self.split(authority, defaultPort: isSecure ? 443 : 80) else { throw LoadTargetError.host(address) }
        (host, port) = place
        var path = rest[slash...]
        while path.last == "/" { path.removeLast() }
        basePath = String(path)
    }

    /// The `Host` header: with the port only where it is not the scheme's default.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The address as a person writes it.
    package var address: String { "\(isSecure ? "https" : "http")://\(authority)\(basePath)" }

    /// Whether the host is an IP address (then TLS sends no server name).
    package var isAddress: Bool { (try? SocketAddress(ipAddress: host, port: port)) != nil }

    /// The path, with its query, of a link in a response; nil if it leads to another server.
    func path(ofLink link: some StringProtocol) -> String? {
        if link.hasPrefix("/") { return link.hasPrefix("//") ? nil : String(link) }
        guard let target = try? LoadTarget(String(link)), target.isSecure == isSecure, target.host == host, target.port == port
        else { return nil }
        return target.basePath.isEmpty ? "/" : target.basePath
    }

    private static func split(_ authority: Substring, defaultPort: Int) -> (String, Int)? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            let host = String(authority[authority.index(after: authority.startIndex)..<end])
            let rest = authority[authority.index(after: end)...]
            guard (try? SocketAddress(ipAddress: host, port: 1)) != nil else { return nil }
            if rest.isEmpty { return (host, defaultPort) }
            return port(rest.dropFirst()).flatMap { rest.first == ":" ? (host, $0) : nil }
        }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.first, !name.isEmpty else { return nil }
        if parts.count == 1 { return (String(name), defaultPort) }
        return port(parts[1]).map { (String(name), $0) }
    }

    private static func port(_ text: Substring) -> Int? {
        guard let number = Int(text), (1...65535).contains(number), text.first != "+" else { return nil }
        return number
    }
}

/// Why an address cannot be a target. Its description is a sentence for the person who wrote the address.
package enum LoadTargetError: Error, Equatable, CustomStringConvertible {
    /// It does not begin with `http://` or `https://`.
    case scheme(String)
    /// Its host or port cannot be read.
    case host(String)
    /// It has a user name, a query, a fragment or a character that addresses do not have.
    case extras(String)

    package var description: String {
        switch self {
        case .scheme(let address): "\"\(address)\" is not an HTTP address. Use a form like http://127.0.0.1:7860 or https://host."
        case .host(let address):
            "\"\(address)\" has no valid host and port. Use a form like http://127.0.0.1:7860 or http://[::1]:7860."
        case .extras(let address):
            "\"\(address)\" has more than a host, a port and a path. Remove user names, ?queries and #fragments; only a request's path may have a query."
        }
    }
}

extension LoadTarget {
    /// The server without the base path: links in its responses start at its root.
    var withoutPath: LoadTarget { LoadTarget(isSecure: isSecure, host: host, port: port, basePath: "") }

    private init(isSecure: Bool, host: String, port: Int, basePath: String) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.basePath = basePath
    }
}
