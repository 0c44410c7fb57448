import HTTPTypes
package import Hummingbird
import Logging

/// Lets requests through a console's door, turns what routes throw into replies, and puts on each reply what keeps browsers safe.
package struct ConsoleGuard: RouterMiddleware {
    /// What consoles know of a request.
    package typealias Context = BasicRequestContext

    private let door: ConsoleDoor
    private let reply: @Sendable (any Error, Request, BasicRequestContext) -> Response

    /// `reply` answers for what was thrown: a `ConsoleRefusal` of the door, or anything that a route throws.
    package init(door: ConsoleDoor, reply: @escaping @Sendable (any Error, Request, BasicRequestContext) -> Response) {
        self.door = door
        self.reply = reply
    }

    /// The reply of the routes behind the door, or the one for what went wrong.
    package func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            if let refusal = door.refusal(request.head) { throw refusal }
            response = try await next(request, context)
        } catch {
            response = reply(error, request, context)
        }
        for (name, value) in Self.protections where response.headers[name] == nil { response.headers[name] = value }
        if request.method == .post { context.logger.notice("\(request.uri.path.prefix(100)) \(response.status.code)") }
        return response
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
