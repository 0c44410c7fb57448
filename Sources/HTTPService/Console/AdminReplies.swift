import HTTPTypes
import Hummingbird
import Logging
import WebPages

/// What the console answers for what its door and its routes throw.
struct AdminReplies: Sendable {
    /// The paths of the routes that are not asked with GET, and the method that they do take.
    let methods: [String: HTTPRequest.Method]

    func response(for error: any Error, _ request: Request, _ context: BasicRequestContext) -> Response {
        let refusal = refusal(for: error, request, context)
        var response = RefusalForm.problem.response(refusal, requestID: context.id)
        if refusal.status == .unauthorized { response.headers[.wwwAuthenticate] = #"Bearer realm="sakuga console""# }
        return response
    }

    private func refusal(for error: any Error, _ request: Request, _ context: BasicRequestContext) -> Refusal {
        switch error {
        case let refusal as Refusal: return refusal
        case let refusal as ConsoleRefusal: return Refusal(refusal)
        case let error as HTTPError where error.status == .notFound || error.status == .methodNotAllowed:
            let path = request.uri.path
            guard let method = methods[RouteTable.normalized(path)] else { return .unknownAdminPath(path) }
            return .wrongMethod(request.method, path: path, allowed: [method])
        default:
            context.logger.error("a request to the console failed", metadata: ["error": "\(error)"])
            return .internalError
        }
    }
}
