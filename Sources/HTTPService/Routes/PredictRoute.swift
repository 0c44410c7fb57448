import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import Serving

/// Gradio's 2.x and 3.x API: one POST with the picture as base64 in JSON, and back again.
enum PredictRoute {
    /// Where Gradio's clients of both eras look; a slash at the end makes no difference.
    static let paths = ["/api/predict", "/run/predict"]

    static func respond(_ request: Request, _ context: CallContext, _ backend: Backend) async throws -> Response {
        try backend.requireModel()
        let caller = try Caller(request, context)
        let job = try await backend.bodies.withBody(of: request) { body in
            let call = try await Offload.run(bytes: body.readableBytes) { try PredictRequest(json: body) }
            return JobRequest(image: call.image, format: .jpeg, quality: 90)
        }
        switch try await backend.picture(job, for: caller, context) {
        case .queued(let report): return try backend.accepted(report)
        case .picture(let result, let use):
            let seconds = caller.arrival.duration(to: .now) / .seconds(1)
            let body = try await Offload.run(bytes: result.bytes.count) { reply(result, seconds: seconds) }
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
        let closing = "\"],\"duration\":\(milliseconds(seconds)),\"is_generating\":false}"
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

    /// Seconds with three decimals.
    private static func milliseconds(_ seconds: Double) -> Double { (seconds * 1_000).rounded() / 1_000 }
}
