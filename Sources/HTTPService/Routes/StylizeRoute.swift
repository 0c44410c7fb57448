import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import Serving

/// `POST /v1/stylize`: a picture's bytes in, a picture's bytes out.
enum StylizeRoute {
    static func respond(_ request: Request, _ context: CallContext, _ backend: Backend) async throws -> Response {
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

    /// The job in a request's query and body: the same for a picture now and for one in the queue.
    static func job(_ request: Request, _ backend: Backend) async throws -> JobRequest {
        let query = try StylizeQuery(
            request.uri.queryParameters, styles: backend.service.styles, sizes: backend.configuration.sizes)
        let contentType = request.headers[.contentType] ?? ""
        return try await backend.bodies.withBody(of: request) { body in
            let image = try await Offload.run(bytes: body.readableBytes) { try picture(in: body, contentType: contentType) }
            return JobRequest(
                image: image, style: query.style, size: query.size,
                fit: query.fit, format: query.format, quality: query.quality)
        }
    }

    /// The picture: the body itself, or the first file of a form.
    static func picture(in body: ByteBuffer, contentType: String) throws(Refusal) -> [UInt8] {
        if body.readableBytes == 0 { throw .bodyMissing }
        guard contentType.lowercased().hasPrefix("multipart/form-data") else { return Array(body.readableBytesView) }
        return try body.withUnsafeReadableBytes { raw throws(Refusal) in
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

extension Refusal {
    fileprivate static let emptyFile = Refusal(
        .badRequest, code: "picture_empty", "The form's file is empty (0 bytes). Choose a picture and send it again.")

    fileprivate static func badForm(_ problem: Multipart.Problem) -> Refusal {
        switch problem {
        case .noBoundary:
            Refusal(.badRequest, code: "wrong_form", "The form's content type names no boundary. Let the client library set it.")
        case .malformed:
            Refusal(
                .badRequest, code: "wrong_form", "The form cannot be read: its parts don't follow its boundary. Was it cut off?")
        case .noFile:
            Refusal(
                .badRequest, code: "wrong_form",
                "The form has no file. Send the picture as a file, for instance: curl -F image=@photo.jpg.")
        }
    }
}

extension HTTPField.Name {
    /// Width and height of the answer, `512x384`: for those who don't want to decode it to know.
    static let imageSize = Self("X-Image-Size")!
    /// `hit`, `miss` or `bypass`.
    static let cacheUse = Self("X-Cache")!
}
