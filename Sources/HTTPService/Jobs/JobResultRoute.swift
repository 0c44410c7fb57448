import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import Serving

/// `GET /v1/jobs/{id}/result`: the finished picture. It never changes, so it may be kept by whoever asked for it.
enum JobResultRoute {
    static func respond(_ request: Request, _ context: CallContext, _ backend: Backend) async throws -> Response {
        let id = try JobRoutes.id(context)
        // The state first: a job that is done between two questions would otherwise look like one whose picture is gone.
        let report = try await backend.report(on: id)
        guard report.status.state == .done, let result = try await backend.result(of: id) else { throw Refusal.noResult(report) }
        let tag = try await Offload.run(bytes: result.bytes.count) { EntityTag(of: result.bytes) }
        let headers: HTTPFields = [
            .contentType: result.mediaType,
            .cacheControl: CacheLife.unchanging,
            .eTag: tag.text,
            .imageSize: "\(result.width)x\(result.height)",
        ]
        if tag.isNamed(in: request.headers[.ifNoneMatch]) { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: result.bytes)))
    }
}
