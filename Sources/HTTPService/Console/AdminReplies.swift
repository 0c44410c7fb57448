import HTTPTypes
import Hummingbird
import Logging

/// Lets requests through the door, turns what routes throw into replies, and puts on each reply what keeps browsers safe.
struct AdminReplies: RouterMiddleware {
    typealias Context = BasicRequestContext

    let door: AdminDoor
    /// The paths of the routes that are not asked with GET, and the method that they do take.
    let methods: [String: HTTPRequest.Method]

    func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            if let refusal = door.refusal(request.head) { throw refusal }
            response = try await next(request, context)
        } catch {
            let refusal = refusal(for: error, request, context)
            response = RefusalForm.problem.response(refusal, requestID: context.id)
            if refusal.status == .unauthorized { response.headers[.wwwAuthenticate] = #"Bearer realm="sakuga console""# }
        }
        protect(&response)
        if request.method == .post {
            context.logger.notice("\(request.uri.path.prefix(100)) \(response.status.code)")
        }
        return response
    }

    private func refusal(for error: any Error, _ request: Request, _ context: BasicRequestContext) -> Refusal {
        switch error {
        case let refusal as Refusal: return refusal
        case let error as HTTPError where error.status == .notFound || error.status == .methodNotAllowed:
            let path = request.uri.path
            guard let method = methods[RouteTable.normalized(path)] else { return .unknownAdminPath(path) }
            return .wrongMethod(request.method, path: path, allowed: [method])
        default:
            context.logger.error("a request to the console failed", metadata: ["error": "\(error)"])
            return .internalError
        }
    }

    private func protect(_ response: inout Response) {
        for (name, value) in Self.protections where response.headers[name] == nil { response.headers[name] = value }
    }

    private static let protections: [(HTTPField.Name, String)] = [
        (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
        (HTTPField.Name("X-Content-Type-Options")!, "nosniff"),
        (HTTPField.Name("X-Frame-Options")!, "DENY"),
        (HTTPField.Name("Referrer-Policy")!, "no-referrer"),
        (HTTPField.Name("Cross-Origin-Opener-Policy")!, "same-origin"),
        (HTTPField.Name("Cross-Origin-Resource-Policy")!, "same-origin"),
    ]
}
