import ByteJSON
import HTTPTypes
import NIOCore

/// The body of a call of Gradio's API: `{"data": ["data:image/jpeg;base64,…", "version 2 …"], …}`, or with an uploaded file
/// `{"data": [{"path": "…"}, "version 2 …"], "session_hash": "…", …}`.
struct PredictRequest: Sendable {
    /// The input picture, encoded as JPEG or another format.
    enum Picture: Sendable, Equatable {
        /// Given as text.
        case bytes([UInt8])
        /// Given as text in an object: `{"url": "data:image/jpeg;base64,…"}`.
        case fileBytes([UInt8])
        /// The path of an uploaded file: `{"path": "…"}`.
        case file(String)
    }

    /// The format of the inputs.
    enum Arguments: Sendable {
        /// `{"data": [picture, version]}`.
        case list
        /// `{"img": picture, "ver": version}`.
        case named
    }

    /// The picture, or the problem with the inputs.
    var picture: Result<Picture, HTTPProblem>
    /// The second input of the AnimeGANv2 app.
    var version: String?
    /// The client's session, whose event stream reports on the job.
    var sessionHash: String?

    /// Whether the picture was given as an object. The result has the same form.
    var wantsFile: Bool {
        switch picture {
        case .success(.file), .success(.fileBytes): true
        case .success(.bytes), .failure: false
        }
    }

    /// Parses a body in one pass, without copying its text.
    /// - Throws: If the body is not a call at all. Problems with the inputs are in `picture`.
    init(json body: ByteBuffer, arguments: Arguments = .list) throws(HTTPProblem) {
        self = try body.withUnsafeReadableBytes { raw throws(HTTPProblem) in
            try PredictRequest(bytes: raw.bindMemory(to: UInt8.self), arguments)
        }
    }

    private struct Element {
        var kind: JSONScanner.Kind
        var string: JSONScanner.StringToken?
        /// The members of an object.
        var path: JSONScanner.StringToken?
        var url: JSONScanner.StringToken?
    }

    /// The members of a body.
    private struct Members {
        var data: (kind: JSONScanner.Kind, elements: [Element])?
        var img: Element?
        var ver: Element?
        var session: JSONScanner.StringToken?
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, _ arguments: Arguments) throws(HTTPProblem) {
        guard bytes.contains(where: { !$0.isJSONWhiteSpace }) else { throw .noBody }
        let members = try Self.members(of: bytes)
        sessionHash = members.session.map { JSONScanner(bytes).text(of: $0) }
        do throws(HTTPProblem) {
            let (img, ver) = try Self.inputs(members, arguments)
            version = try ver.map { ver throws(HTTPProblem) in try Self.version(of: ver, in: bytes) } ?? nil
            picture = .success(try Self.picture(of: img, in: bytes))
        } catch {
            // Without `data` the body is not a call; Gradio rejects it at once, too.
            if error.validation != nil { throw error }
            picture = .failure(error)
        }
    }

    private static func inputs(_ members: Members, _ arguments: Arguments) throws(HTTPProblem) -> (img: Element, ver: Element?) {
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

    /// The members of the body. Of several with the same name the last one counts.
    private static func members(of bytes: UnsafeBufferPointer<UInt8>) throws(HTTPProblem) -> Members {
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
            // Two are used. One more is kept to detect too many, but not a million.
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

    private static func version(of element: Element, in bytes: UnsafeBufferPointer<UInt8>) throws(HTTPProblem) -> String? {
        switch element.kind {
        case .null: return nil
        case .string: return element.string.map { JSONScanner(bytes).text(of: $0) }
        default: throw .wrongVersion(element.kind)
        }
    }

    private static func picture(of element: Element, in bytes: UnsafeBufferPointer<UInt8>) throws(HTTPProblem) -> Picture {
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
    ) throws(HTTPProblem) -> [UInt8] {
        do {
            return try PictureText.decode(token, in: bytes)
        } catch {
            throw .noPicture(error)
        }
    }
}
