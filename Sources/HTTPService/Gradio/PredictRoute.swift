import BlockingThreads
import ByteJSON
import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import Serving

/// Gradio's synchronous API: a POST with the photo as Base64 in JSON that returns the picture likewise (Gradio 2 and 3), or with the path of
/// an uploaded file that returns a path (since Gradio 4).
enum PredictRoute {
    /// The paths in Gradio 2 and 3; a trailing slash makes no difference.
    static let paths = ["/api/predict", "/run/predict"]

    static func respond(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        let caller = try ClientContext(request, context)
        try await backend.awaitModel(for: caller, context)
        let origin = context.origin
        let (job, wantsFile) = try await backend.bodies.withBody(of: request) { body in
            let call = try await BlockingThreadPool.shared.run(byteCount: body.readableBytes) { try PredictRequest(json: body) }
            return (try await GradioJob.request(call, backend), call.wantsFile)
        }
        switch try await backend.picture(job, for: caller, context) {
        case .queued(let report): return try backend.accepted(report)
        case .picture(let result, let use):
            let seconds = caller.arrival.duration(to: .now) / .seconds(1)
            let body: ByteBuffer
            if wantsFile {
                body = try fileReply(result, seconds: seconds, for: caller, origin: origin, backend)
            } else {
                body = try await BlockingThreadPool.shared.run(byteCount: result.bytes.count) { reply(result, seconds: seconds) }
            }
            return Response(
                status: .ok,
                headers: [
                    .contentType: "application/json", .cacheControl: "no-store", .cacheUse: use.rawValue,
                    .serverTiming: ServerTiming.text(result, since: caller.arrival),
                ],
                body: ResponseBody(byteBuffer: body))
        }
    }

    /// `{"data":["data:image/jpeg;base64,…"],"duration":…,"is_generating":false}`, put together by hand so that the picture is encoded straight
    /// into the buffer that is sent.
    static func reply(_ result: JobResult, seconds: Double) -> ByteBuffer {
        let opening = "{\"data\":[\"data:\(result.mediaType);base64,"
        let duration = milliseconds(seconds)
        let closing = "\"],\"duration\":\(duration),\"average_duration\":\(duration),\"is_generating\":false}"
        let length = Base64.encodedLength(of: result.bytes.count)
        var buffer = ByteBuffer()
        buffer.reserveCapacity(opening.utf8.count + length + closing.utf8.count)
        buffer.writeString(opening)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { free in
            result.bytes.withUnsafeBufferPointer { bytes in
                Base64.encode(bytes, into: free.bindMemory(to: UInt8.self))
            }
            return length
        }
        buffer.writeString(closing)
        return buffer
    }

    /// The response to clients since Gradio 4, which fetch the picture themselves.
    private static func fileReply(
        _ result: JobResult, seconds: Double, for caller: ClientContext, origin: String, _ backend: Backend
    ) throws(HTTPProblem) -> ByteBuffer {
        let path = try backend.gradio.uploads.add(
            result.bytes, name: result.fileName, mediaType: result.mediaType, of: caller.client)
        let file = FileData(path: path, mediaType: result.mediaType, size: result.bytes.count, origin: origin)
        let reply: JSONValue = [
            "data": [file.json], "is_generating": false, "duration": .seconds(seconds), "average_duration": .seconds(seconds),
        ]
        return ByteBuffer(string: reply.text)
    }

    /// Seconds, rounded to milliseconds.
    private static func milliseconds(_ seconds: Double) -> Double { (seconds * 1_000).rounded() / 1_000 }
}

/// Creates jobs from calls of Gradio's API.
enum GradioJob {
    /// The job of a call.
    /// - Throws: If its inputs are invalid.
    static func request(_ call: PredictRequest, _ backend: Backend) async throws(HTTPProblem) -> JobRequest {
        let image = try await image(try call.picture.get(), backend)
        return JobRequest(
            image: image, style: VersionChoice.style(for: call.version, among: backend.service.styles), format: .jpeg, quality: 90
        )
    }

    /// Submits the job of a call. Permanent errors are returned, because Gradio reports them as the job's result.
    /// - Throws: Temporary errors, after which the client may retry.
    static func submit(
        _ call: PredictRequest, for caller: ClientContext, _ backend: Backend
    ) async throws(HTTPProblem) -> Result<JobReport, HTTPProblem> {
        do throws(HTTPProblem) {
            return .success(try await backend.submit(try await request(call, backend), for: caller))
        } catch {
            if error.isTemporary { throw error }
            return .failure(error)
        }
    }

    private static func image(_ picture: PredictRequest.Picture, _ backend: Backend) async throws(HTTPProblem) -> [UInt8] {
        switch picture {
        case .bytes(let bytes), .fileBytes(let bytes): return bytes
        case .file(let text):
            guard let path = GradioFilePath(text) else { throw .fileNotThere }
            if let file = backend.gradio.uploads.file(at: path) { return file.bytes }
            // A result can be the input of another job.
            guard let result = await result(at: path, backend) else { throw .fileNotThere }
            return result.bytes
        }
    }

    /// The result of the job that a path names; nil if there is none.
    static func result(at path: GradioFilePath, _ backend: Backend) async -> JobResult? {
        guard let result = try? await backend.service.result(of: path.id),
            path.name == result.fileName
        else { return nil }
        return result
    }
}
