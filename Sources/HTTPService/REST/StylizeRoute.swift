import BlockingThreads
import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import Serving

/// `POST /v1/stylize`: takes the bytes of a photo and returns those of the picture.
enum StylizeRoute {
    static func respond(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        let caller = try ClientContext(request, context)
        try await backend.awaitModel(for: caller, context)
        let job = try await job(request, backend)
        switch try await backend.picture(job, for: caller, context) {
        case .queued(let report): return try backend.accepted(report)
        case .picture(let result, let use):
            let headers: HTTPFields = [
                .contentType: result.mediaType,
                .cacheControl: "no-store",
                .cacheUse: use.rawValue,
                .serverTiming: ServerTiming.text(result, since: caller.arrival),
                .imageSize: "\(result.width)x\(result.height)",
            ]
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: result.bytes)))
        }
    }

    /// The job that a request's query and body describe. `POST /v1/jobs` takes the same.
    static func job(_ request: Request, _ backend: Backend) async throws -> JobRequest {
        let query = try StylizeQuery(
            request.uri.queryParameters, styles: backend.service.styles, sizes: backend.configuration.sizes)
        let contentType = request.headers[.contentType] ?? ""
        return try await backend.bodies.withBody(of: request) { body in
            let image = try await BlockingThreadPool.shared.run(byteCount: body.readableBytes) {
                try picture(in: body, contentType: contentType)
            }
            return JobRequest(
                image: image, style: query.style, size: query.size,
                fit: query.fit, format: query.format, quality: query.quality)
        }
    }

    /// The photo: the body itself, or the first file of a form.
    static func picture(in body: ByteBuffer, contentType: String) throws(HTTPProblem) -> [UInt8] {
        if body.readableBytes == 0 { throw .bodyMissing }
        guard contentType.lowercased().hasPrefix("multipart/form-data") else { return Array(body.readableBytesView) }
        return try body.withUnsafeReadableBytes { raw throws(HTTPProblem) in
            let bytes = raw.bindMemory(to: UInt8.self)
            let file: Range<Int>
            do throws(Multipart.Problem) {
                file = try Multipart.firstFile(in: bytes, boundary: Multipart.boundary(of: contentType))
            } catch {
                throw .badForm(error)
            }
            if file.isEmpty { throw .emptyFile }
            return Array(bytes[file])
        }
    }
}

extension HTTPProblem {
    fileprivate static let emptyFile = HTTPProblem(
        .badRequest, code: "picture_empty", "The form's file is empty (0 bytes). Send a picture.")

    fileprivate static func badForm(_ problem: Multipart.Problem) -> HTTPProblem {
        switch problem {
        case .noBoundary:
            HTTPProblem(
                .badRequest, code: "wrong_form", "The form's content type has no boundary. Let the client library set it.")
        case .malformed:
            HTTPProblem(
                .badRequest, code: "wrong_form",
                "The form cannot be parsed: its parts do not match its boundary. It may be truncated.")
        case .noFile:
            HTTPProblem(
                .badRequest, code: "wrong_form",
                "The form has no file. Send the picture as a file, for example: curl -F image=@photo.jpg.")
        }
    }
}

extension HTTPField.Name {
    /// Width and height of the picture, such as `512x384`, so that clients need not decode it to know.
    static let imageSize = Self("X-Image-Size")!
    /// Whether the result cache was used: `hit`, `miss` or `bypass`.
    static let cacheUse = Self("X-Cache")!
}

/// The validated query of `POST /v1/stylize`.
struct StylizeQuery: Sendable {
    var style: String?
    var size: Int?
    var fit: JobRequest.Fit
    var format: JobRequest.Format
    var quality: Int?

    /// Parses `style`, `size`, `fit`, `format` and `quality`. Absent parameters have their defaults.
    init(_ query: Parameters, styles: [StyleDescription], sizes: ClosedRange<Int>) throws(HTTPProblem) {
        style = try Self.style(query["style"], among: styles)
        size = try Self.number("size", query["size"], in: sizes, unit: " pixels")
        quality = try Self.number("quality", query["quality"], in: 1...100, unit: "")
        fit = try Self.choice("fit", query["fit"]) ?? .contain
        format = try Self.choice("format", query["format"]) ?? .jpeg
    }

    private static func style(_ value: Substring?, among styles: [StyleDescription]) throws(HTTPProblem) -> String? {
        guard let value, !value.isEmpty else { return nil }
        guard styles.contains(where: { $0.name == value }) else {
            throw .unknownStyle(String(value), known: styles.map(\.name))
        }
        return String(value)
    }

    private static func number(
        _ name: String, _ value: Substring?, in range: ClosedRange<Int>, unit: String
    ) throws(HTTPProblem) -> Int? {
        guard let value, !value.isEmpty else { return nil }
        guard let number = Int(value), range.contains(number) else {
            throw .badParameter(
                name,
                """
                \(name)=\(value.prefix(20)) is invalid: \
                it must be a whole number from \(range.lowerBound) to \(range.upperBound)\(unit).
                """
            )
        }
        return number
    }

    private static func choice<Choice>(_ name: String, _ value: Substring?) throws(HTTPProblem) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        guard let value, !value.isEmpty else { return nil }
        if let choice = Choice(rawValue: value.lowercased()) { return choice }
        let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw .badParameter(name, "\(name)=\(value.prefix(20)) is invalid: it must be one of \(choices).")
    }
}
