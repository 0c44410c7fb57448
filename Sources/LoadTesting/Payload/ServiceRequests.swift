import ByteJSON
import PictureFormats

/// Which of this service's doors a test knocks at.
package enum ServiceAPI: String, Sendable, CaseIterable {
    /// `POST /api/predict/` with base64 in JSON; the answer's `data[0]` is the picture.
    case gradio
    /// `POST /v1/stylize`: a photo's bytes in, a picture's bytes out.
    case rest
    /// `POST /v1/jobs`: a photo's bytes in, a job out (202).
    case jobs
}

/// What a request for this service is made of.
package struct ServiceRequest: Sendable {
    /// The door.
    package var api: ServiceAPI
    /// Encoded photos (JPEG, PNG, …), sent in turn. At least one.
    package var pictures: [[UInt8]]
    /// Marks each request's photo with its number, so that no cache can answer: a JPEG comment, a PNG text chunk, or bytes after
    /// the end of other formats. The picture stays the same.
    package var unique = false
    /// REST and jobs: a form with one file instead of the bare bytes.
    package var multipart = false
    /// REST and jobs: `size=256&format=webp`; empty for none.
    package var query = ""
    /// Further header fields, such as an API key.
    package var headers: [(name: String, value: String)] = []
    /// The size that the answer's picture must have, one for each of `pictures`; what is missing may have any size.
    package var expected: [PictureExpectation] = []
    /// Decodes a picture in full and gives its size; see `PictureCheck.decode`.
    package var decode: (@Sendable ([UInt8]) -> PictureSize?)?
    /// See `PictureCheck.decodesPerSecond`.
    package var decodesPerSecond = 20.0

    package init(api: ServiceAPI, pictures: [[UInt8]]) {
        self.api = api
        self.pictures = pictures
    }

    /// The request, ready for a generator, called like its path.
    package func template() -> RequestTemplate {
        let path = path
        return RequestTemplate(
            name: path, method: "POST", path: api == .gradio || query.isEmpty ? path : "\(path)?\(query)",
            headers: [("Content-Type", contentType)] + headers,
            bodies: pictures.enumerated().map { index, picture in
                var body = body(picture)
                body.expectedPicture = index < expected.count ? expected[index] : nil
                return body
            },
            checks: checks)
    }

    private static let boundary = "sakuga-load-test-photo-7f3c"

    private var path: String {
        switch api {
        case .gradio: "/api/predict/"
        case .rest: "/v1/stylize"
        case .jobs: "/v1/jobs"
        }
    }

    private var contentType: String {
        if api == .gradio { return "application/json" }
        if multipart { return "multipart/form-data; boundary=\(Self.boundary)" }
        // The bodies are of as many kinds as the pictures, and a head is the same for all of them.
        let types = Set(pictures.map(Self.mediaType))
        return types.count == 1 ? types.first ?? "" : PictureFormat.unknownMediaType
    }

    private var checks: AnswerChecks {
        let place: PictureCheck.Place = api == .gradio ? .json(JSONPath([.member("data"), .element(0)])) : .body
        return AnswerChecks(picture: PictureCheck(place: place, decodesPerSecond: decodesPerSecond, decode: decode))
    }

    private func body(_ picture: [UInt8]) -> RequestBody {
        let marked = unique ? MarkedPicture(picture) : nil
        let bytes = marked?.bytes ?? picture
        if api == .gradio {
            let before = Array(#"{"data": ["data:\#(Self.mediaType(picture));base64,"#.utf8)
            let patch = marked.map {
                CounterPatch(offset: before.count + $0.patch.offset / 3 * 4, form: $0.patch.form, isBase64: true)
            }
            return RequestBody(
                bytes: before + Base64.encoded(bytes) + Array(#""]}"#.utf8), patches: patch.map { [$0] } ?? [])
        }
        let before = multipart ? Array(partHead(picture).utf8) : []
        let after = multipart ? Array("\r\n--\(Self.boundary)--\r\n".utf8) : []
        let patch = marked.map { CounterPatch(offset: before.count + $0.patch.offset, form: $0.patch.form) }
        return RequestBody(bytes: before + bytes + after, patches: patch.map { [$0] } ?? [])
    }

    private func partHead(_ picture: [UInt8]) -> String {
        let name = PictureFormat(sniffing: picture).map { "photo.\($0.fileExtension)" } ?? "photo"
        return "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"image\"; filename=\"\(name)\"\r\n"
            + "Content-Type: \(Self.mediaType(picture))\r\n\r\n"
    }

    private static func mediaType(_ picture: [UInt8]) -> String {
        PictureFormat(sniffing: picture)?.mediaType ?? PictureFormat.unknownMediaType
    }
}
