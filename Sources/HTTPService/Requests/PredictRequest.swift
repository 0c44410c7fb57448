import HTTPTypes
import NIOCore

/// What a client of Gradio's 2.x and 3.x API sends: `{"data": ["data:image/jpeg;base64,…", "version 2 …"], …}`.
struct PredictRequest: Sendable {
    /// The picture, still encoded as JPEG or the like.
    var image: [UInt8]
    /// The second input of the well-known AnimeGANv2 space: the version radio.
    var version: String?

    /// Reads a body. Runs in one pass over the megabytes, without copying the text.
    init(json body: ByteBuffer) throws(Refusal) {
        self = try body.withUnsafeReadableBytes { raw throws(Refusal) in
            try PredictRequest(bytes: raw.bindMemory(to: UInt8.self))
        }
    }

    private struct Element {
        var kind: JSONScanner.Kind
        var string: JSONScanner.StringToken?
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) throws(Refusal) {
        guard bytes.contains(where: { !$0.isWhiteSpace }) else { throw .noBody }
        let elements = try Self.elementsOfData(bytes)
        guard let first = elements.first else { throw .emptyData }
        guard elements.count <= 2 else { throw .tooManyInputs }
        guard let token = first.string else { throw .wrongInput(first.kind) }
        version =
            try elements.dropFirst().first.map { second throws(Refusal) in
                try Self.version(of: second, in: bytes)
            } ?? nil
        image = try Self.picture(of: token, in: bytes)
    }

    /// The elements of the member `data`; of several, the last counts, as everywhere.
    private static func elementsOfData(_ bytes: UnsafeBufferPointer<UInt8>) throws(Refusal) -> [Element] {
        var data: (kind: JSONScanner.Kind, elements: [Element])?
        var scanner = JSONScanner(bytes)
        var isObject = false
        do {
            isObject = try scanner.peekKind() == .object
            if isObject {
                try scanner.forEachMember { (scanner, key) throws(JSONScanner.Problem) in
                    guard text(of: key, in: bytes) == "data" else { return try scanner.skipValue(depth: 1) }
                    data = try scanInputs(&scanner)
                }
            } else {
                try scanner.skipValue()
            }
            try scanner.expectEnd()
        } catch {
            throw .invalidJSON(error, at: TextPosition(of: error.offset, in: bytes))
        }
        guard isObject else { throw .notAnObject }
        guard let data else { throw .noData }
        guard data.kind == .array else { throw .dataIsNoList }
        return data.elements
    }

    private static func scanInputs(_ scanner: inout JSONScanner) throws(JSONScanner.Problem) -> (JSONScanner.Kind, [Element]) {
        let kind = try scanner.peekKind()
        guard kind == .array else {
            try scanner.skipValue(depth: 1)
            return (kind, [])
        }
        var elements: [Element] = []
        var count = 0
        try scanner.forEachElement { (scanner) throws(JSONScanner.Problem) in
            let kind = try scanner.peekKind()
            var token: JSONScanner.StringToken?
            if kind == .string { token = try scanner.scanString() } else { try scanner.skipValue(depth: 2) }
            count += 1
            // Two are served; one more is kept so that the refusal knows. A million of them are not.
            if count <= 3 { elements.append(Element(kind: kind, string: token)) }
        }
        return (kind, elements)
    }

    private static func version(of element: Element, in bytes: UnsafeBufferPointer<UInt8>) throws(Refusal) -> String? {
        switch element.kind {
        case .null: return nil
        case .string: return element.string.map { text(of: $0, in: bytes) }
        default: throw .wrongVersion(element.kind)
        }
    }

    private static func picture(
        of token: JSONScanner.StringToken, in bytes: UnsafeBufferPointer<UInt8>
    ) throws(Refusal) -> [UInt8] {
        let raw = UnsafeBufferPointer(rebasing: bytes[token.range])
        do {
            guard token.hasEscapes else { return try PictureText.decode(raw) }
            // `\/` is how many encoders write the slash of the base64 alphabet.
            let plain = JSONStrings.unescape(raw)
            return try plain.withUnsafeBufferPointer { plain throws(PictureText.Problem) in try PictureText.decode(plain) }
        } catch {
            throw .noPicture(error)
        }
    }

    private static func text(of token: JSONScanner.StringToken, in bytes: UnsafeBufferPointer<UInt8>) -> String {
        let raw = UnsafeBufferPointer(rebasing: bytes[token.range])
        return token.hasEscapes
            ? String(decoding: JSONStrings.unescape(raw), as: UTF8.self) : String(decoding: raw, as: UTF8.self)
    }
}
