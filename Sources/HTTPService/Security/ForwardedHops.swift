import HTTPTypes
import Serving

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
