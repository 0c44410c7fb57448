import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Turns what routes throw into replies in the form that the path's clients expect.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = ServiceRequestContext

    /// The methods of each known path, written as `RouteTable.normalized` does.
    let methods: @Sendable () -> [String: [HTTPRequest.Method]]
    let observation: Observation

    func handle(
        _ request: Request, context: ServiceRequestContext,
        next: (Request, ServiceRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            // Not HTTP any more: only the framework can answer that.
            throw error
        } catch {
            let refusal = refusal(for: error, request, context)
            observation.refused(refusal, route: context.route, requestID: context.requestID)
            return ProblemFormat(path: request.uri.path).response(refusal, requestID: context.requestID)
        }
    }

    private func refusal(for error: any Error, _ request: Request, _ context: ServiceRequestContext) -> HTTPProblem {
        switch error {
        case let refusal as HTTPProblem:
            if refusal.status == .internalServerError { context.logger.error("\(refusal.message)") }
            return refusal
        case is BodyTimeout: return .bodyStalled
        case is CancellationError:
            return HTTPProblem(.serviceUnavailable, code: "cancelled", "The request was cancelled.", retryAfter: 5)
        case let error as HTTPError where error.status == .notFound: return unknown(request)
        default:
            context.logger.error("a request failed", metadata: ["error": "\(error)"])
            return .internalError
        }
    }

    private func unknown(_ request: Request) -> HTTPProblem {
        let path = request.uri.path
        guard let allowed = RouteTable.methods(of: path, in: methods()) else { return .unknownPath(path) }
        return .wrongMethod(request.method, path: path, allowed: allowed)
    }
}

/// The forms in which a refusal is told.
enum ProblemFormat {
    /// RFC 9457 problem details, for everybody who doesn't expect something else.
    case problem
    /// What Gradio's clients read: `detail`, and `error` beside it.
    case gradio
    /// The same for what puts a job into the queue: its clients know one status for "not now", 503.
    case gradioQueue
    /// The Open Inference Protocol's `{"error": "…"}`.
    case inference

    /// The form that the clients of a path expect.
    init(path: String) {
        let isGradio = GradioRoutes.own(path) || ["/api", "/run"].contains { path == $0 || path.hasPrefix($0 + "/") }
        if isGradio {
            self = path.contains("/queue/join") || path.contains("/call/") ? .gradioQueue : .gradio
        } else {
            self = path == "/v2" || path.hasPrefix("/v2/") ? .inference : .problem
        }
    }

    /// The reply.
    func response(_ refusal: HTTPProblem, requestID: String) -> Response {
        let refusal = self == .gradioQueue && refusal.isTemporary ? refusal.asFullQueue : refusal
        var headers = refusal.headers
        headers[.cacheControl] = "no-store"
        let body: Data?
        switch self {
        case .problem:
            headers[.contentType] = "application/problem+json"
            body = try? JSONEncoder.forReplies.encode(ProblemDetails(refusal, requestID: requestID))
        case .gradio, .gradioQueue:
            headers[.contentType] = "application/json"
            body = try? JSONEncoder.forReplies.encode(GradioErrorBody(refusal))
        case .inference:
            headers[.contentType] = "application/json"
            body = try? JSONEncoder.forReplies.encode(["error": refusal.message])
        }
        return Response(
            status: refusal.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body ?? Data())))
    }
}

/// The members of RFC 9457, and two of our own: a stable word for programs, and the id to look for in the log.
private struct ProblemDetails: Encodable {
    var type = "about:blank"
    var title: String
    var status: Int
    var detail: String
    var code: String
    var request_id: String

    init(_ refusal: HTTPProblem, requestID: String) {
        title = refusal.status.reasonPhrase
        status = refusal.status.code
        detail = refusal.message
        code = refusal.code
        request_id = requestID
    }
}

/// `detail` is a list of faults with status 422, and a sentence otherwise; `error` is always the sentence.
private struct GradioErrorBody: Encodable {
    private enum Keys: CodingKey {
        case detail, error
    }

    private let refusal: HTTPProblem

    init(_ refusal: HTTPProblem) { self.refusal = refusal }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(refusal.message, forKey: .error)
        if let validation = refusal.validation {
            try container.encode([validation], forKey: .detail)
        } else {
            try container.encode(refusal.message, forKey: .detail)
        }
    }
}

extension JSONEncoder {
    /// Small replies: stable order, readable addresses. (Multi-megabyte ones are written by hand.)
    static var forReplies: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
