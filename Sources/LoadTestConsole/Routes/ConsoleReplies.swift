import HTTPTypes
import Hummingbird
import Logging

/// Lets requests through the door, turns what routes throw into replies, and puts on each reply what keeps browsers safe.
struct ConsoleReplies: RouterMiddleware {
    typealias Context = BasicRequestContext

    let door: ConsoleDoor

    func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            if let problem = door.problem(request.head) { throw problem }
            response = try await next(request, context)
        } catch {
            response = problem(for: error, request, context).response
        }
        for (name, value) in Self.protections where response.headers[name] == nil { response.headers[name] = value }
        if request.method == .post { context.logger.notice("\(request.uri.path.prefix(100)) \(response.status.code)") }
        return response
    }

    private func problem(for error: any Error, _ request: Request, _ context: BasicRequestContext) -> ConsoleProblem {
        switch error {
        case let problem as ConsoleProblem: return problem
        case let error as HTTPError where error.status == .notFound: return .unknown(request.uri.path)
        case let error as HTTPError where error.status.kind == .clientError:
            return ConsoleProblem(status: error.status, code: "unusable", sentence: error.body ?? "The console can't do this.")
        default:
            context.logger.error("a request to the console failed", metadata: ["error": "\(error)"])
            return .broken
        }
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
