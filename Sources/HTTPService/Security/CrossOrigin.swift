import HTTPTypes
import Hummingbird

/// Tells browsers which pages of other origins may read the replies (CORS), and answers their preflight questions.
/// No cookies are used, so credentials are never allowed; keys travel in headers.
struct CrossOrigin: RouterMiddleware {
    typealias Context = CallContext

    let policy: CrossOriginPolicy

    private static let methods = "GET, HEAD, POST, DELETE"
    private static let requestHeaders = [
        "Authorization", "Content-Type", "Cache-Control", "Idempotency-Key", "If-None-Match", "Last-Event-ID",
        "Inference-Header-Content-Length", "Traceparent", "X-API-Key", "X-Gradio-User", "X-Request-Id", "X-Request-Timeout",
    ].joined(separator: ", ")
    private static let replyHeaders = [
        "Content-Disposition", "ETag", "Inference-Header-Content-Length", "Location", "RateLimit", "RateLimit-Policy",
        "Retry-After",
        "Server-Timing", "X-Cache", "X-Image-Size", "X-Request-Id",
    ].joined(separator: ", ")

    func handle(
        _ request: Request, context: CallContext,
        next: (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin] else { return varied(try await next(request, context)) }
        let allowed = policy.answer(to: origin)
        let isPreflight = request.method == .options && request.headers[.accessControlRequestMethod] != nil
        var response = isPreflight && allowed != nil ? Self.preflight : try await next(request, context)
        if let allowed {
            response.headers[.accessControlAllowOrigin] = allowed
            response.headers[.accessControlExposeHeaders] = Self.replyHeaders
        }
        return varied(response)
    }

    /// A cache must not give one origin's reply to another, nor a reply without an origin to either.
    private func varied(_ response: Response) -> Response {
        guard case .origins = policy else { return response }
        var response = response
        response.headers[.vary] = response.headers[.vary].map { "\($0), Origin" } ?? "Origin"
        return response
    }

    private static var preflight: Response {
        Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: methods, .accessControlAllowHeaders: requestHeaders, .accessControlMaxAge: "7200",
            ])
    }
}
