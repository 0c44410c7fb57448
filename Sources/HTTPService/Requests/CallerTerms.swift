import HTTPTypes
import Hummingbird
import Serving

extension ClientContext {
    /// Who asks, and on what terms: `X-Request-Timeout` in seconds, `Cache-Control`.
    init(_ request: Request, _ context: CallContext) throws(Refusal) {
        self.init(
            client: context.client, requestID: context.requestID, arrival: context.arrival,
            timeout: try Self.timeout(request.headers[.requestTimeout]),
            cachePolicy: Self.cachePolicy(request.headers[.cacheControl]))
    }

    /// Seconds, with a fraction if need be; a unit `s` may follow.
    private static func timeout(_ text: String?) throws(Refusal) -> Duration? {
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
