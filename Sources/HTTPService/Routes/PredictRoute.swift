import ByteJSON
import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import Serving

/// Gradio's direct API: one POST with the picture as base64 in JSON, and back again (2.x and 3.x); or with the path of an uploaded
/// file, and the path of the picture back (4.x and later). The answer has the form of the input.
enum PredictRoute {
    /// Where Gradio's clients of both eras look; a slash at the end makes no difference.
    static let paths = ["/api/predict", "/run/predict"]

    static func respond(_ request: Request, _ context: CallContext, _ backend: Backend) async throws -> Response {
        let caller = try ClientContext(request, context)
        try await backend.awaitModel(for: caller, context)
        let origin = context.origin
        let (job, wantsFile) = try await backend.bodies.withBody(of: request) { body in
            let call = try await Offload.run(bytes: body.readableBytes) { try PredictRequest(json: body) }
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
                body = try await Offload.run(bytes: result.bytes.count) { reply(result, seconds: seconds) }
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

    /// `{"data":["data:image/jpeg;base64,…"],"duration":…,"is_generating":false}`, put together by hand: the
    /// picture goes straight into the buffer that is sent.
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

    /// The same for clients of Gradio 4 and later, who fetch the picture themselves.
    private static func fileReply(
        _ result: JobResult, seconds: Double, for caller: ClientContext, origin: String, _ backend: Backend
    ) throws(Refusal) -> ByteBuffer {
        let path = try backend.gradio.shelf.add(
            result.bytes, name: result.fileName, mediaType: result.mediaType, of: caller.client)
        let file = FileData(path: path, mediaType: result.mediaType, size: result.bytes.count, origin: origin)
        let reply: JSONValue = [
            "data": [file.json], "is_generating": false, "duration": .seconds(seconds), "average_duration": .seconds(seconds),
        ]
        return ByteBuffer(string: reply.text)
    }

    /// Seconds with three decimals.
    private static func milliseconds(_ seconds: Double) -> Double { (seconds * 1_000).rounded() / 1_000 }
}
