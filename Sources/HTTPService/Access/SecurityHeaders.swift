import HTTPTypes
import Hummingbird

/// Puts on every reply what tells browsers to do nothing with it but what is meant.
struct SecurityHeadersMiddleware: RouterMiddleware {
    typealias Context = ServiceRequestContext

    /// Whether this server itself encrypts: only then does it know that the next visit can be encrypted too.
    let isEncrypted: Bool

    /// For what is no page: it loads nothing, and is shown in nobody's frame.
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
        // One year, as the lists of browsers ask.
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
