import BlockingThreads
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import Serving

/// The Open Inference Protocol v2 (https://github.com/kserve/open-inference-protocol) of KServe, Triton and OpenVINO Model Server: a style is
/// a model, the picture a BYTES tensor, and errors are `{"error": "…"}`.
///
/// The protocol has no asynchronous jobs: a request that would wait longer than the service's maximum gets 503.
enum OpenInferenceRoutes {
    /// The name of the input and the output tensor.
    static let tensorName = "image"
    /// The only version of each model.
    static let modelVersion = "1"

    private struct Server: Encodable {
        var name = "sakuga"
        var version = "2"
        var extensions = ["binary_tensor_data"]
    }

    private struct Tensor: Encodable {
        var name = OpenInferenceRoutes.tensorName
        var datatype = "BYTES"
        var shape = [1]
    }

    private struct Model: Encodable {
        var name: String
        var versions = [OpenInferenceRoutes.modelVersion]
        var platform = "sakuga_animeganv2"
        var inputs = [Tensor()]
        var outputs = [Tensor()]
    }

    /// Adds the routes to the table.
    static func add(to table: inout RouteTable, _ backend: Backend) {
        table.add(.get, "/v2") { _, _ in try Response.json(Server()) }
        table.add(.get, "/v2/health/live") { _, _ in try Response.json(["live": true]) }
        table.add(.get, "/v2/health/ready") { _, _ in try ready(backend) }
        for path in ["/v2/models/{style}", "/v2/models/{style}/versions/{version}"] {
            table.add(.get, path) { _, context in try Response.json(Model(name: try style(context, backend).name)) }
            table.add(.get, path + "/ready") { _, context in
                _ = try style(context, backend)
                return try ready(backend)
            }
            table.add(.post, path + "/infer") { try await infer($0, $1, backend) }
        }
    }

    private static func ready(_ backend: Backend) throws -> Response {
        let isReady = backend.isReady
        var response = try Response.json(["ready": isReady])
        if !isReady {
            response.status = .serviceUnavailable
            response.headers[.retryAfter] = "2"
        }
        return response
    }

    private static func infer(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        var caller = try ClientContext(request, context)
        try await backend.awaitModel(for: caller, context)
        let style = try style(context, backend)
        caller.canBeQueued = false
        let headLength = try headLength(request)
        let call = try await backend.bodies.withBody(of: request) { body in
            if body.readableBytes == 0 { throw HTTPProblem.bodyMissing }
            return try await BlockingThreadPool.shared.run(byteCount: body.readableBytes) {
                try InferRequest(body: body, headLength: headLength)
            }
        }
        let job = try job(call, style: style.name, sizes: backend.configuration.sizes)
        switch try await backend.picture(job, for: caller, context) {
        case .queued(let report): return try backend.accepted(report)
        case .picture(let result, let use):
            let reply = InferReply(request: call, style: style.name, result: result)
            var response = try await BlockingThreadPool.shared.run(byteCount: result.bytes.count) { try reply.response() }
            response.headers[.cacheUse] = use.rawValue
            response.headers[.serverTiming] = ServerTiming.text(result, since: caller.arrival)
            return response
        }
    }

    private static func job(
        _ call: InferRequest, style: String, sizes: ClosedRange<Int>
    ) throws(HTTPProblem) -> JobRequest {
        let parameters = call.parameters
        if let size = parameters.size, !sizes.contains(size) {
            throw .inference("size=\(size) is invalid: it must be from \(sizes.lowerBound) to \(sizes.upperBound) pixels.")
        }
        if let quality = parameters.quality, !(1...100).contains(quality) {
            throw .inference("quality=\(quality) is invalid: it must be from 1 to 100.")
        }
        return JobRequest(
            image: call.image, style: style, size: parameters.size,
            fit: try choice("fit", parameters.fit) ?? .contain, format: try choice("format", parameters.format) ?? .jpeg,
            quality: parameters.quality)
    }

    private static func choice<Choice>(_ name: String, _ value: String?) throws(HTTPProblem) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        guard let value else { return nil }
        if let choice = Choice(rawValue: value.lowercased()) { return choice }
        throw .inference(
            "\(name)=\(value.prefix(20)) is invalid: it must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))."
        )
    }

    private static func headLength(_ request: Request) throws(HTTPProblem) -> Int? {
        guard let text = request.headers[.inferenceHeaderLength] else { return nil }
        guard let length = Int(text), length >= 0 else {
            throw .inference("Inference-Header-Content-Length must be a number of bytes, not '\(text.prefix(20))'.")
        }
        return length
    }

    private static func style(_ context: ServiceRequestContext, _ backend: Backend) throws(HTTPProblem) -> StyleDescription {
        let name = context.parameters.get("style") ?? "", version = context.parameters.get("version")
        guard let style = backend.service.styles.first(where: { $0.name == name }) else {
            let known = backend.service.styles.map(\.name).joined(separator: ", ")
            throw HTTPProblem(
                .notFound, code: "unknown_model", "There is no model '\(name.prefix(60))'. The models are: \(known).")
        }
        if let version, version != modelVersion {
            throw HTTPProblem(.notFound, code: "unknown_model", "The model \(name) has only version \(modelVersion).")
        }
        return style
    }
}
