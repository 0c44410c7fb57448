import HTTPTypes
import Hummingbird

/// Tells browsers which pages of other origins may read the replies (CORS), and answers their preflight questions.
/// No cookies are used, so credentials are never allowed; keys travel in headers.
struct CrossOriginMiddleware: RouterMiddleware {
    typealias Context = ServiceRequestContext

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
        _ request: Request, context: ServiceRequestContext,
        next: (Request, ServiceRequestContext) async throws -> Response
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

/// Which web pages of other origins may use the service through a browser.
package enum CrossOriginPolicy: Sendable, Equatable {
    /// Why a text is no origin, in a sentence.
    package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// The sentence.
        package var description: String
    }

    /// None.
    case none
    /// All of them.
    case any
    /// Those of these origins, as browsers write them: `https://example.org`, `http://localhost:3000`.
    case origins(Set<String>)

    /// Reads the values of `--cors-origin`: origins, or `*`. No value means none.
    package init(_ values: [String]) throws(Problem) {
        if values.contains("*") {
            self = .any
            return
        }
        var origins: Set<String> = []
        for value in values { origins.insert(try Self.origin(value)) }
        self = origins.isEmpty ? .none : .origins(origins)
    }

    /// What a reply to a page of `origin` says in `Access-Control-Allow-Origin`; nil when the page may not have it.
    func answer(to origin: String) -> String? {
        switch self {
        case .none: nil
        case .any: "*"
        case .origins(let origins): origins.contains(origin.lowercased()) ? origin : nil
        }
    }

    private static func origin(_ value: String) throws(Problem) -> String {
        let origin = value.lowercased()
        let scheme = ["https://", "http://"].first { origin.hasPrefix($0) }
        let rest = origin.dropFirst(scheme?.count ?? 0)
        guard scheme != nil, !rest.isEmpty, !rest.contains(where: { "/?#@, *".contains($0) || $0.isWhitespace }) else {
            throw Problem(
                description:
                    """
                    '\(value.prefix(80))' is no origin. \
                    Write it like https://example.org or http://localhost:3000, without a path; * means every page.
                    """
            )
        }
        return origin
    }
}
