import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Turns thrown errors into responses in the format that the path's clients expect.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = ServiceRequestContext

    /// The methods of each path, as normalized by `RouteTable.normalized`.
    let methods: @Sendable () -> [String: [HTTPRequest.Method]]
    let observation: Observation

    func handle(
        _ request: Request, context: ServiceRequestContext,
        next: (Request, ServiceRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            // Malformed HTTP, which only the framework can answer.
            throw error
        } catch {
            let problem = problem(for: error, request, context)
            observation.record(problem, route: context.route, requestID: context.requestID)
            return ProblemFormat(path: request.uri.path).response(problem, requestID: context.requestID)
        }
    }

    private func problem(for error: any Error, _ request: Request, _ context: ServiceRequestContext) -> HTTPProblem {
        switch error {
        case let problem as HTTPProblem:
            if problem.status == .internalServerError { context.logger.error("\(problem.message)") }
            return problem
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

/// The formats of error responses.
enum ProblemFormat {
    /// RFC 9457 problem details, the default.
    case problem
    /// What Gradio's clients read: `detail`, and `error` next to it.
    case gradio
    /// The same for routes that queue a job, whose clients know only one status for "try again later", 503.
    case gradioQueue
    /// The Open Inference Protocol's `{"error": "…"}`.
    case inference

    /// The format that the clients of a path expect.
    init(path: String) {
        let isGradio = GradioRoutes.contains(path) || ["/api", "/run"].contains { path == $0 || path.hasPrefix($0 + "/") }
        if isGradio {
            self = path.contains("/queue/join") || path.contains("/call/") ? .gradioQueue : .gradio
        } else {
            self = path == "/v2" || path.hasPrefix("/v2/") ? .inference : .problem
        }
    }

    /// The error response.
    func response(_ problem: HTTPProblem, requestID: String) -> Response {
        let problem = self == .gradioQueue && problem.isTemporary ? problem.asFullQueue : problem
        var headers = problem.headers
        headers[.cacheControl] = "no-store"
        let body: Data?
        switch self {
        case .problem:
            headers[.contentType] = "application/problem+json"
            body = try? JSONEncoder.forReplies.encode(ProblemDetails(problem, requestID: requestID))
        case .gradio, .gradioQueue:
            headers[.contentType] = "application/json"
            body = try? JSONEncoder.forReplies.encode(GradioErrorBody(problem))
        case .inference:
            headers[.contentType] = "application/json"
            body = try? JSONEncoder.forReplies.encode(["error": problem.message])
        }
        return Response(
            status: problem.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body ?? Data())))
    }
}

/// The members of RFC 9457, and two extensions: `code`, stable for programs, and the request ID that the log has.
private struct ProblemDetails: Encodable {
    var type = "about:blank"
    var title: String
    var status: Int
    var detail: String
    var code: String
    var request_id: String

    init(_ problem: HTTPProblem, requestID: String) {
        title = problem.status.reasonPhrase
        status = problem.status.code
        detail = problem.message
        code = problem.code
        request_id = requestID
    }
}

/// `detail` is a list of validation errors with status 422, and the message otherwise; `error` is always the message.
private struct GradioErrorBody: Encodable {
    private enum Keys: CodingKey {
        case detail, error
    }

    private let problem: HTTPProblem

    init(_ problem: HTTPProblem) { self.problem = problem }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(problem.message, forKey: .error)
        if let validation = problem.validation {
            try container.encode([validation], forKey: .detail)
        } else {
            try container.encode(problem.message, forKey: .detail)
        }
    }
}
