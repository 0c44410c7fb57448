package import HTTPTypes
package import Serving

/// Where a request comes from and what its client called the service: by the connection, and by the word of proxies that are
/// trusted.
package struct RequestOrigin: Equatable {
    /// The client's address; nil where there is none, as on a Unix socket.
    package var address: IPAddress?
    /// `http` or `https`: how the client speaks to the service or to the first proxy.
    package var scheme: String
    /// Name and port as the client wrote them; empty if it wrote none that could be used.
    package var host: String

    /// Judges a request that came in from `peer`; `isEncrypted` says whether this service itself took the encryption off.
    package init(_ request: HTTPRequest, peer: IPAddress?, isEncrypted: Bool, proxies: TrustedProxies) {
        address = peer
        scheme = isEncrypted ? "https" : "http"
        host = Self.host(request.authority) ?? ""
        guard let peer, proxies.contains(peer) else { return }
        let hop = Self.client(behind: peer, ForwardedHops(request.headerFields).hops, proxies)
        address = hop.address
        // Of a list the last is what the proxy next to us wrote: a client can only put something in front of it.
        let lastScheme = request.headerFields[.forwardedProto]?.split(separator: ",").last
        scheme = Self.scheme(hop.scheme ?? lastScheme.map(String.init)) ?? scheme
        let lastHost = request.headerFields[.forwardedHost]?.split(separator: ",").last
        host = Self.host(hop.host ?? lastHost.map(String.init)) ?? host
    }

    /// The last hop that is none of ours: what stands before it was written by that client, and may be invented.
    private static func client(
        behind peer: IPAddress, _ hops: [ForwardedHops.Hop], _ proxies: TrustedProxies
    ) -> ForwardedHops.Hop {
        var known = ForwardedHops.Hop(address: peer)
        for hop in hops.reversed() {
            // A proxy of ours that can't say whom it heard: then it is all that is known.
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

    /// A name, an address or `[an address]`, with or without a port; what has other characters must get into no address that
    /// we write.
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

/// What proxies say about those who came to them, nearest to the client first: `X-Forwarded-For`, or where that is missing
/// `Forwarded` (RFC 7239).
///
/// A proxy that sets only one of the two has to remove the other, as it would carry whatever the client wrote.
struct ForwardedHops {
    struct Hop: Equatable {
        /// Nil where the proxy does not tell, or says what can't be read.
        var address: IPAddress?
        var scheme: String?
        var host: String?
    }

    /// A longer list is not worth reading: the part that counts is at its end.
    private static let longest = 32

    let hops: [Hop]

    init(_ headers: HTTPFields) {
        if let list = headers[.forwardedFor] {
            hops = list.split(separator: ",").suffix(Self.longest).map { Hop(address: Self.address($0.trimmed)) }
        } else if let list = headers[.forwarded] {
            hops = Self.split(list[...], at: ",").suffix(Self.longest).map(Self.element)
        } else {
            hops = []
        }
    }

    /// `for=192.0.2.43;proto=https;host=example.org`; what else is in it has no meaning here.
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

    /// Splits where the separator does not stand between quotation marks.
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
