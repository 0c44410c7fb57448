import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1

/// Turns what routes throw into replies in the form that the path's clients expect.
struct Refusals: RouterMiddleware {
    typealias Context = CallContext

    /// The methods of each known path, written as `RouteTable.normalized` does.
    let methods: @Sendable () -> [String: [HTTPRequest.Method]]
    let observation: Observation

    func handle(
        _ request: Request, context: CallContext,
        next: (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            // Not HTTP any more: only the framework can answer that.
            throw error
        } catch {
            let refusal = refusal(for: error, request, context)
            observation.refused(refusal, route: context.route, requestID: context.requestID)
            return RefusalForm(path: request.uri.path).response(refusal, requestID: context.requestID)
        }
    }

    private func refusal(for error: any Error, _ request: Request, _ context: CallContext) -> Refusal {
        switch error {
        case let refusal as Refusal:
            if refusal.status == .internalServerError { context.logger.error("\(refusal.message)") }
            return refusal
        case is BodyStalled: return .bodyStalled
        case is CancellationError:
            return Refusal(.serviceUnavailable, code: "cancelled", "The request was cancelled.", retryAfter: 5)
        case let error as HTTPError where error.status == .notFound: return unknown(request)
        default:
            context.logger.error("a request failed", metadata: ["error": "\(error)"])
            return .internalError
        }
    }

    private func unknown(_ request: Request) -> Refusal {
        let path = request.uri.path
        guard let allowed = RouteTable.methods(of: path, in: methods()) else { return .unknownPath(path) }
        return .wrongMethod(request.method, path: path, allowed: allowed)
    }
}
