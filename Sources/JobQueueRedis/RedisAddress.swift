import Foundation

/// The address and credentials of a Redis server: `redis://[[user]:password@]host[:port][/db]`, or `rediss://` for TLS.
///
/// In user and password, reserved characters of an address are written as `%` and two hexadecimal digits.
/// With `rediss://` the server's certificate is verified; `?cacert=PATH` names a PEM file of roots to use instead of the system's.
package struct RedisAddress: Sendable, Equatable, CustomStringConvertible {
    /// Name or IP address of the host, without the brackets of IPv6.
    package var host: String
    /// TCP port.
    package var port: Int
    /// Account of Redis' access control; nil for the default one.
    package var user: String?
    /// Its password.
    package var password: String?
    /// Number of the database.
    package var database: Int
    /// Whether the connection uses TLS.
    package var usesTLS: Bool
    /// Path of the root certificates (PEM); nil for the system's.
    package var certificates: String?

    /// Parses an address. The error says what is wrong with it, without the password.
    package init(_ text: String) throws(RedisAddressError) {
        guard let mark = text.range(of: "://"), let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased()) else {
            throw RedisAddressError("A Redis address starts with redis:// or rediss://, such as redis://localhost:6379.")
        }
        usesTLS = scheme == .rediss
        let parts = text[mark.upperBound...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        // The last @, so that an unescaped one in a password does no harm.
        let location = parts[0].lastIndex(of: "@").map { parts[0][parts[0].index(after: $0)...] } ?? parts[0]
        let access = parts[0].lastIndex(of: "@").map { parts[0][..<$0] }
        (user, password) = try Self.access(in: access)
        let pieces = location.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        (host, port) = try Self.hostAndPort(in: pieces[0])
        database = try Self.database(in: pieces.count > 1 ? pieces[1] : "")
        certificates = try Self.certificates(in: parts.count > 1 ? parts[1] : "", usesTLS: usesTLS)
    }

    /// The address without user and password, for logs.
    package var description: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return "\(usesTLS ? "rediss" : "redis")://\(host):\(port)/\(database)"
    }
}

/// Why a text is not a Redis address: a sentence for the operator.
package struct RedisAddressError: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String

    init(_ sentence: String) { description = sentence }
}

extension RedisAddress {
    private enum Scheme: String {
        case redis, rediss
    }

    private static func access(in text: Substring?) throws(RedisAddressError) -> (user: String?, password: String?) {
        guard let text else { return (nil, nil) }
        guard let colon = text.firstIndex(of: ":") else {
            throw RedisAddressError("Before the @ of a Redis address comes user:password, or just :password.")
        }
        guard let user = text[..<colon].removingPercentEncoding,
            let password = text[text.index(after: colon)...].removingPercentEncoding
        else {
            throw RedisAddressError("In the password of a Redis address a % must be written as %25.")
        }
        guard !password.isEmpty else { throw RedisAddressError("The password in the Redis address is empty.") }
        return (user.isEmpty ? nil : user, password)
    }

    private static func hostAndPort(in text: Substring) throws(RedisAddressError) -> (host: String, port: Int) {
        var host = text
        var port: Substring?
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else {
                throw RedisAddressError("The Redis address has a [ without its ].")
            }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else {
                throw RedisAddressError("Only :port can follow the ] in a Redis address, not \(rest).")
            }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw RedisAddressError("The Redis address names no host.") }
        guard let port else { return (String(host), 6379) }
        guard let number = Int(port), (1...65535).contains(number) else {
            throw RedisAddressError("The port of a Redis address is a number from 1 to 65535, not “\(port)”.")
        }
        return (String(host), number)
    }

    private static func database(in text: Substring) throws(RedisAddressError) -> Int {
        if text.isEmpty { return 0 }
        guard let number = Int(text), number >= 0 else {
            throw RedisAddressError("What follows the host in a Redis address is the number of a database, not “\(text)”.")
        }
        return number
    }

    private static func certificates(in query: Substring, usesTLS: Bool) throws(RedisAddressError) -> String? {
        if query.isEmpty { return nil }
        guard query.hasPrefix("cacert="), let path = query.dropFirst("cacert=".count).removingPercentEncoding, !path.isEmpty
        else {
            throw RedisAddressError("A Redis address can only end in ?cacert=PATH, not in ?\(query).")
        }
        guard usesTLS else { throw RedisAddressError("?cacert= needs TLS: write rediss:// instead of redis://.") }
        return path
    }
}
