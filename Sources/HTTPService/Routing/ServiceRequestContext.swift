import HTTPTypes
import Hummingbird
import NIOCore
import Serving

/// What is known of a request besides its own words: its connection, its id, its client.
/// `RequestIdentificationMiddleware` fills in the rest before anything else sees it.
struct ServiceRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// When its head had been read.
    let arrival = ContinuousClock.now
    /// The id that the reply carries and the log names.
    var requestID = ""
    /// Whom it is counted for.
    var identity = ClientIdentity.local
    /// What it has shown to be let in.
    var credential = Credential.none
    /// `http` or `https`, as its client speaks; and the name and port that its client calls, empty if unknown. For
    /// addresses that replies contain.
    var scheme = "http"
    var host = ""
    /// Whose turn its jobs take: the name of an API key, or an address.
    var client: String { identity.description }

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

extension ServiceRequestContext {
    /// How the client calls us, for the addresses in a reply: `http://anime.example:7860`. Empty if unknown.
    var origin: String { host.isEmpty ? "" : "\(scheme)://\(host)" }
}

extension Caller {
    /// Who asks, and on what terms: `X-Request-Timeout` in seconds, `Cache-Control`.
    init(_ request: Request, _ context: ServiceRequestContext) throws(HTTPProblem) {
        self.init(
            client: context.client, requestID: context.requestID, arrival: context.arrival,
            timeout: try Self.timeout(request.headers[.requestTimeout]),
            cachePolicy: Self.cachePolicy(request.headers[.cacheControl]))
    }

    /// Seconds, with a fraction if need be; a unit `s` may follow.
    private static func timeout(_ text: String?) throws(HTTPProblem) -> Duration? {
        guard let text else { return nil }
        let number = text.hasSuffix("s") ? String(text.dropLast()) : text
        guard let seconds = Double(number), seconds > 0, seconds <= 86_400 else {
            throw .badParameter(
                "request_timeout",
                "X-Request-Timeout: \(text.prefix(20)) doesn't work: it has to be seconds, from above 0 to 86400.")
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
