package import HTTPTypes
package import Serving

/// The address of a request's client, and the scheme and host by which the client addressed the service. Taken from the connection, and
/// from the forwarding fields of trusted proxies.
package struct RequestOrigin: Equatable {
    /// The client's address; nil if there is none, as on a Unix socket.
    package var address: IPAddress?
    /// `http` or `https`, as the client uses it to the service or to the first proxy.
    package var scheme: String
    /// The host name and port that the client used; empty if it sent none that is valid.
    package var host: String

    /// The origin of a request from `peer`. `isEncrypted` says whether this service itself terminates TLS.
    package init(_ request: HTTPRequest, peer: IPAddress?, isEncrypted: Bool, proxies: TrustedProxies) {
        address = peer
        scheme = isEncrypted ? "https" : "http"
        host = Self.host(request.authority) ?? ""
        guard let peer, proxies.contains(peer) else { return }
        let hop = Self.client(behind: peer, ForwardedHops(request.headerFields).hops, proxies)
        address = hop.address
        // The last element of a list is from the nearest proxy; a client can only put something in front of it.
        let lastScheme = request.headerFields[.forwardedProto]?.split(separator: ",").last
        scheme = Self.scheme(hop.scheme ?? lastScheme.map(String.init)) ?? scheme
        let lastHost = request.headerFields[.forwardedHost]?.split(separator: ",").last
        host = Self.host(hop.host ?? lastHost.map(String.init)) ?? host
    }

    /// The last hop that is no trusted proxy. Those before it were written by that client and may be forged.
    private static func client(
        behind peer: IPAddress, _ hops: [ForwardedHops.Hop], _ proxies: TrustedProxies
    ) -> ForwardedHops.Hop {
        var known = ForwardedHops.Hop(address: peer)
        for hop in hops.reversed() {
            // A trusted proxy that does not name its client: the proxy itself is all that is known.
            guard let address = hop.address else { return known }
            known = hop
            if !proxies.contains(address) { break }
        }
        return known
    }

    private static func scheme(_ text: String?) -> String? {
        guard let word = text?.filter({ $0 != " " }).lowercased(), ["http", "https"].contains(word) else { return nil }
        return word
    }

    /// A name or an address, with or without a port. Anything with other characters must not get into a URL of a response.
    private static func host(_ text: String?) -> String? {
        guard let text = text?.filter({ $0 != " " }), (1...255).contains(text.utf8.count) else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default: false
            }
        }
        return isPlain ? text : nil
    }
}

/// The hops that proxies report, nearest to the client first: from `X-Forwarded-For`, or else from `Forwarded` (RFC 7239).
///
/// A proxy that sets only one of the two must remove the other, which would carry whatever the client sent.
struct ForwardedHops {
    struct Hop: Equatable {
        /// Nil if the proxy does not tell, or if its text is no address.
        var address: IPAddress?
        var scheme: String?
        var host: String?
    }

    /// Only the last elements of a list matter.
    private static let maximumCount = 32

    let hops: [Hop]

    init(_ headers: HTTPFields) {
        if let list = headers[.forwardedFor] {
            hops = list.split(separator: ",").suffix(Self.maximumCount).map { Hop(address: Self.address($0.trimmed)) }
        } else if let list = headers[.forwarded] {
            hops = Self.split(list[...], at: ",").suffix(Self.maximumCount).map(Self.element)
        } else {
            hops = []
        }
    }

    /// `for=192.0.2.43;proto=https;host=example.org`; other parameters are ignored.
    private static func element(_ text: Substring) -> Hop {
        var hop = Hop()
        for pair in split(text, at: ";") {
            guard let equals = pair.firstIndex(of: "=") else { continue }
            let value = unquoted(pair[pair.index(after: equals)...].trimmed)
            switch pair[..<equals].trimmed.lowercased() {
            case "for": hop.address = address(value[...])
            case "proto": hop.scheme = value
            case "host": hop.host = value
            default: break
            }
        }
        return hop
    }

    /// An address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
    private static func address(_ text: Substring) -> IPAddress? {
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            return IPAddress(text[text.index(after: text.startIndex)..<end])
        }
        if let address = IPAddress(text) { return address }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        return IPAddress(text[..<colon])
    }

    /// Splits at separators outside of quoted strings.
    private static func split(_ text: Substring, at separator: Character) -> [Substring] {
        var isQuoted = false, isEscaped = false
        return text.split { character in
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            }
            return !isQuoted && character == separator
        }
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
        var isEscaped = false
        return String(
            text.dropFirst().dropLast().filter { character in
                if !isEscaped, character == "\\" {
                    isEscaped = true
                    return false
                }
                isEscaped = false
                return true
            })
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

extension HTTPField.Name {
    static let forwarded = Self("Forwarded")!
    static let forwardedFor = Self("X-Forwarded-For")!
    static let forwardedProto = Self("X-Forwarded-Proto")!
    static let forwardedHost = Self("X-Forwarded-Host")!
}
