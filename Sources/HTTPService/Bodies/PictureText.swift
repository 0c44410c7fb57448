import ByteJSON

/// Decodes a picture given as text: a `data:` URL of any media type, or plain Base64.
enum PictureText {
    /// Why a text is not a picture.
    enum Problem: Error, Equatable {
        /// There are no bytes.
        case empty
        /// The text is the URL of a picture.
        case address(scheme: String)
        /// The text is a `data:` URL without a comma, or not marked as Base64.
        case malformedDataURL
        /// The payload is not Base64.
        case base64(Base64.Problem)
    }

    /// The bytes of the picture.
    static func decode(_ text: UnsafeBufferPointer<UInt8>) throws(Problem) -> [UInt8] {
        let payload = try payload(of: text)
        let bytes: [UInt8]
        do {
            bytes = try Base64.decode(payload)
        } catch {
            throw .base64(error)
        }
        if bytes.isEmpty { throw .empty }
        return bytes
    }

    /// The picture in a JSON string that a scanner has found in `bytes`.
    static func decode(
        _ token: JSONScanner.StringToken, in bytes: UnsafeBufferPointer<UInt8>
    ) throws(Problem) -> [UInt8] {
        let raw = UnsafeBufferPointer(rebasing: bytes[token.range])
        guard token.hasEscapes else { return try decode(raw) }
        // `\/` is how many encoders write the slash of the Base64 alphabet.
        return try JSONString.unescaped(raw).withUnsafeBufferPointer { plain throws(Problem) in try decode(plain) }
    }

    private static func payload(of text: UnsafeBufferPointer<UInt8>) throws(Problem) -> UnsafeBufferPointer<UInt8> {
        let start = text.firstIndex { !$0.isJSONWhiteSpace } ?? text.endIndex
        if start == text.endIndex { throw .empty }
        // A scheme and a media type are short: megabytes of Base64 need not be searched for a colon or a comma.
        let head = String(decoding: text[start...].prefix(256), as: UTF8.self).lowercased()
        guard head.hasPrefix("data:") else {
            if let scheme = schemeOfURL(head) { throw .address(scheme: scheme) }
            return text
        }
        guard let comma = text[start...].prefix(256).firstIndex(of: UInt8(ascii: ",")),
            head.prefix(while: { $0 != "," }).hasSuffix(";base64")
        else { throw .malformedDataURL }
        return UnsafeBufferPointer(rebasing: text[(comma + 1)...])
    }

    private static func schemeOfURL(_ head: String) -> String? {
        guard let end = head.firstRange(of: "://") else { return nil }
        let scheme = head[..<end.lowerBound]
        let isScheme = !scheme.isEmpty && scheme.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        return isScheme ? String(scheme) : nil
    }
}
