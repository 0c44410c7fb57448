import Crypto

/// A strong entity tag: equal for equal bytes, and only for those.
struct EntityTag: Sendable {
    /// As the `ETag` header has it, with its quotes.
    let text: String

    /// The tag of `bytes`: their SHA-256.
    init(of bytes: [UInt8]) {
        text = "\"\(SHA256.hash(data: bytes).hexadecimal)\""
    }

    /// Whether an `If-None-Match` names this tag: a list of tags, weak ones included (RFC 9110 compares weakly here), or `*`.
    func isNamed(in field: String?) -> Bool {
        guard let field else { return false }
        return field.split(separator: ",").contains { entry in
            var tag = entry[...]
            while tag.first?.isWhitespace == true { tag.removeFirst() }
            while tag.last?.isWhitespace == true { tag.removeLast() }
            if tag.hasPrefix("W/") { tag.removeFirst(2) }
            return tag == "*" || tag == text
        }
    }
}
