import HTTPTypes
import Hummingbird

/// Adds security headers to every response.
struct SecurityHeadersMiddleware: RouterMiddleware {
    typealias Context = ServiceRequestContext

    /// Whether this server terminates TLS. Only then may it promise TLS for the future (HSTS).
    let isEncrypted: Bool

    /// For responses other than pages: they load nothing and cannot be framed.
    private static let contentPolicy = "default-src 'none'; frame-ancestors 'none'"
    private static let unusedFeatures = [
        "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone",
        "midi", "payment", "serial", "usb",
    ].map { "\($0)=()" }.joined(separator: ", ")

    func handle(
        _ request: Request, context: ServiceRequestContext,
        next: (Request, ServiceRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.contentTypeOptions] = "nosniff"
        response.headers[.referrerPolicy] = "no-referrer"
        response.headers[.frameOptions] = "DENY"
        response.headers[.permissionsPolicy] = Self.unusedFeatures
        response.headers[.openerPolicy] = "same-origin"
        if response.headers[.contentSecurityPolicy] == nil { response.headers[.contentSecurityPolicy] = Self.contentPolicy }
        // One year, which browsers' preload lists require.
        if isEncrypted { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        return response
    }
}

extension HTTPField.Name {
    fileprivate static let contentTypeOptions = Self("X-Content-Type-Options")!
    fileprivate static let referrerPolicy = Self("Referrer-Policy")!
    fileprivate static let frameOptions = Self("X-Frame-Options")!
    fileprivate static let permissionsPolicy = Self("Permissions-Policy")!
    fileprivate static let openerPolicy = Self("Cross-Origin-Opener-Policy")!
}
