import HTTPTypes
import Hummingbird

/// Cross-origin resource sharing (CORS): tells browsers which pages of other origins may read responses, and answers preflight requests.
/// Credentials are never allowed, because the service uses no cookies; keys are sent in header fields.
struct CrossOriginMiddleware: RouterMiddleware {
    typealias Context = ServiceRequestContext

    let policy: CrossOriginPolicy

    private static let methods = "GET, HEAD, POST, DELETE"
    private static let requestHeaders = [
        "Authorization", "Content-Type", "Cache-Control", "Idempotency-Key", "If-None-Match", "Last-Event-ID",
        "Inference-Header-Content-Length", "Traceparent", "X-API-Key", "X-Gradio-User", "X-Request-Id", "X-Request-Timeout",
    ].joined(separator: ", ")
    private static let responseHeaders = [
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
            response.headers[.accessControlExposeHeaders] = Self.responseHeaders
        }
        return varied(response)
    }

    /// Keeps caches from serving one origin's response to another.
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

/// The origins whose web pages may use the service.
package enum CrossOriginPolicy: Sendable, Equatable {
    /// Why a text is not an origin.
    package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// The description, for people.
        package var description: String
    }

    /// No other origin.
    case none
    /// Every origin.
    case any
    /// These origins, as browsers write them: `https://example.org`, `http://localhost:3000`.
    case origins(Set<String>)

    /// Parses the values of `--cors-origin`: origins, or `*`. No values mean no other origin.
    package init(_ values: [String]) throws(Problem) {
        if values.contains("*") {
            self = .any
            return
        }
        var origins: Set<String> = []
        for value in values { origins.insert(try Self.origin(value)) }
        self = origins.isEmpty ? .none : .origins(origins)
    }

    /// The value of `Access-Control-Allow-Origin` for a page of `origin`; nil if the page may not read the response.
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
                    '\(value.prefix(80))' is not an origin. \
                    Write it as https://example.org or http://localhost:3000, without a path; * allows every origin.
                    """
            )
        }
        return origin
    }
}
