import HTTPTypes
import Hummingbird
import NIOCore
import Serving

/// The context of a request: its connection, its ID and its client, which `RequestIdentificationMiddleware` sets.
struct ServiceRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// When the request's head had been read.
    let arrival = ContinuousClock.now
    /// The ID in the response and in log records.
    var requestID = ""
    /// Whom rate limits count the request for.
    var identity = ClientIdentity.local
    /// The request's API key.
    var credential = Credential.none
    /// The scheme that the client used, for URLs in responses.
    var scheme = "http"
    /// The host name and port that the client used; empty if unknown.
    var host = ""
    /// Whom the scheduler counts the request's jobs for: the name of an API key, or an address.
    var client: String { identity.description }

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

extension ServiceRequestContext {
    /// The base of URLs in responses, such as `http://anime.example:7860`; empty if unknown.
    var origin: String { host.isEmpty ? "" : "\(scheme)://\(host)" }
}

extension ClientContext {
    /// The client, and its options in `X-Request-Timeout` (seconds) and `Cache-Control`.
    init(_ request: Request, _ context: ServiceRequestContext) throws(HTTPProblem) {
        self.init(
            client: context.client, requestID: context.requestID, arrival: context.arrival,
            timeout: try Self.timeout(request.headers[.requestTimeout]),
            cachePolicy: Self.cachePolicy(request.headers[.cacheControl]))
    }

    /// A number of seconds, optionally with a fraction and the unit `s`.
    private static func timeout(_ text: String?) throws(HTTPProblem) -> Duration? {
        guard let text else { return nil }
        let number = text.hasSuffix("s") ? String(text.dropLast()) : text
        guard let seconds = Double(number), seconds > 0, seconds <= 86_400 else {
            throw .badParameter(
                "request_timeout",
                "X-Request-Timeout: \(text.prefix(20)) is invalid. It must be a number of seconds above 0, and 86400 at most.")
        }
        return .seconds(seconds)
    }

    private static func cachePolicy(_ text: String?) -> CachePolicy {
        guard let text = text?.lowercased() else { return .use }
        if text.contains("no-store") { return .bypass }
        return text.contains("no-cache") ? .refresh : .use
    }
}

extension HTTPField.Name {
    fileprivate static let requestTimeout = Self("X-Request-Timeout")!
}
