import ByteJSON
import HTTPTypes
import NIOCore

/// What a client of Gradio's API sends: `{"data": ["data:image/jpeg;base64,…", "version 2 …"], …}`, or with a file that was
/// uploaded before: `{"data": [{"path": "…"}, "version 2 …"], "session_hash": "…", …}`.
struct PredictRequest: Sendable {
    /// The picture, still encoded as JPEG or the like.
    enum Picture: Sendable, Equatable {
        /// As text.
        case bytes([UInt8])
        /// As text in an object: `{"url": "data:image/jpeg;base64,…"}`.
        case fileBytes([UInt8])
        /// The path of an uploaded file: `{"path": "…"}`.
        case file(String)
    }

    /// How the inputs are written.
    enum Arguments: Sendable {
        /// `{"data": [picture, version]}`.
        case list
        /// `{"img": picture, "ver": version}`.
        case named
    }

    /// The picture, or what is wrong with the inputs.
    var picture: Result<Picture, Refusal>
    /// The second input of the well-known AnimeGANv2 space: the version radio.
    var version: String?
    /// The client's session, where jobs are told of on a stream.
    var sessionHash: String?

    /// Whether the picture came as an object, and is expected back as one.
    var wantsFile: Bool {
        switch picture {
        case .success(.file), .success(.fileBytes): true
        case .success(.bytes), .failure: false
        }
    }

    /// Reads a body. Runs in one pass over the megabytes, without copying the text.
    /// Errors: a body that is no call at all. What is wrong with the inputs is in `picture`.
    init(json body: ByteBuffer, arguments: Arguments = .list) throws(Refusal) {
        self = try body.withUnsafeReadableBytes { raw throws(Refusal) in
            try PredictRequest(bytes: raw.bindMemory(to: UInt8.self), arguments)
        }
    }

    private struct Element {
        var kind: JSONScanner.Kind
        var string: JSONScanner.StringToken?
        /// The members of an object that are of use.
        var path: JSONScanner.StringToken?
        var url: JSONScanner.StringToken?
    }

    /// The members of a body that are of use.
    private struct Members {
        var data: (kind: JSONScanner.Kind, elements: [Element])?
        var img: Element?
        var ver: Element?
        var session: JSONScanner.StringToken?
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, _ arguments: Arguments) throws(Refusal) {
        guard bytes.contains(where: { !$0.isJSONWhiteSpace }) else { throw .noBody }
        let members = try Self.members(of: bytes)
        sessionHash = members.session.map { JSONScanner(bytes).text(of: $0) }
        do throws(Refusal) {
            let (img, ver) = try Self.inputs(members, arguments)
            version = try ver.map { ver throws(Refusal) in try Self.version(of: ver, in: bytes) } ?? nil
            picture = .success(try Self.picture(of: img, in: bytes))
        } catch {
            // With a list, a body without inputs is no call; Gradio says so at once too.
            if error.validation != nil { throw error }
            picture = .failure(error)
        }
    }

    private static func inputs(_ members: Members, _ arguments: Arguments) throws(Refusal) -> (img: Element, ver: Element?) {
        switch arguments {
        case .named:
            guard let img = members.img else { throw .noArgument }
            return (img, members.ver)
        case .list:
            guard let data = members.data else { throw .noData }
            guard data.kind == .array else { throw .dataIsNoList }
            guard let first = data.elements.first else { throw .emptyData }
            guard data.elements.count <= 2 else { throw .tooManyInputs }
            guard first.kind == .string || first.kind == .object else { throw .wrongInput(first.kind) }
            return (first, data.elements.dropFirst().first)
        }
    }

    /// The members of the body; of several with one name, the last counts, as everywhere.
    private static func members(of bytes: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Members {
        var members = Members()
        var scanner = JSONScanner(bytes)
        var isObject = false
        do {
            isObject = try scanner.peekKind() == .object
            if isObject {
                try scanner.forEachMember { (scanner, key) throws(JSONScanner.Problem) in
                    switch scanner.text(of: key) {
                    case "data": members.data = try scanInputs(&scanner)
                    case "img": members.img = try scanElement(&scanner)
                    case "ver": members.ver = try scanElement(&scanner)
                    case "session_hash": members.session = try scanElement(&scanner).string
                    default: try scanner.skipValue(depth: 1)
                    }
                }
            } else {
                try scanner.skipValue()
            }
            try scanner.expectEnd()
        } catch {
            throw .invalidJSON(error, at: TextPosition(of: error.offset, in: bytes))
        }
        guard isObject else { throw .notAnObject }
        return members
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
            let element = try scanElement(&scanner)
            count += 1
            // Two are served; one more is kept so that the refusal knows. A million of them are not.
            if count <= 3 { elements.append(element) }
        }
        return (kind, elements)
    }

    private static func scanElement(_ scanner: inout JSONScanner) throws(JSONScanner.Problem) -> Element {
        var element = Element(kind: try scanner.peekKind())
        switch element.kind {
        case .string: element.string = try scanner.scanString()
        case .object:
            try scanner.forEachMember { (scanner, key) throws(JSONScanner.Problem) in
                guard try scanner.peekKind() == .string else { return try scanner.skipValue(depth: 3) }
                let token = try scanner.scanString()
                switch scanner.text(of: key) {
                case "path": element.path = token
                case "url": element.url = token
                default: break
                }
            }
        default: try scanner.skipValue(depth: 2)
        }
        return element
    }

    private static func version(of element: Element, in bytes: UnsafeBufferPointer<UInt8>) throws(Refusal) -> String? {
        switch element.kind {
        case .null: return nil
        case .string: return element.string.map { JSONScanner(bytes).text(of: $0) }
        default: throw .wrongVersion(element.kind)
        }
    }

    private static func picture(of element: Element, in bytes: UnsafeBufferPointer<UInt8>) throws(Refusal) -> Picture {
        if let token = element.string { return .bytes(try decode(token, in: bytes)) }
        guard element.kind == .object else { throw .wrongInput(element.kind) }
        if let token = element.path, !token.range.isEmpty {
            let path = JSONScanner(bytes).text(of: token)
            if let scheme = path.firstRange(of: "://") {
                throw .noPicture(.address(scheme: String(path[..<scheme.lowerBound].prefix(20))))
            }
            return .file(path)
        }
        guard let token = element.url, !token.range.isEmpty else { throw .noFileInside }
        return .fileBytes(try decode(token, in: bytes))
    }

    private static func decode(
        _ token: JSONScanner.StringToken, in bytes: UnsafeBufferPointer<UInt8>
    ) throws(Refusal) -> [UInt8] {
        do {
            return try PictureText.decode(token, in: bytes)
        } catch {
            throw .noPicture(error)
        }
    }
}
