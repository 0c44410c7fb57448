import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Serving

/// Gives each request an id, which its reply carries and the log names, finds out who asks, and writes the one log line of a request.
struct RequestIdentificationMiddleware: RouterMiddleware {
    typealias Context = ServiceRequestContext

    let recognition: ClientAuthenticator

    func handle(
        _ request: Request, context: ServiceRequestContext,
        next: (Request, ServiceRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID = Self.acceptable(request.headers[.requestID]) ?? Self.newID()
        recognition.recognise(request, in: &context)
        // One id is enough in a log; the framework's own is not told to clients.
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request_id"] = "\(context.requestID)"
        let arrival = ContinuousClock.now
        var response = try await next(request, context)
        response.headers[.requestID] = context.requestID
        let milliseconds = (arrival.duration(to: .now) / .milliseconds(1)).rounded()
        context.logger.info(
            "\(request.method.rawValue) \(request.uri.path.prefix(200)) \(response.status.code)",
            metadata: [
                "milliseconds": "\(Int(milliseconds))", "bytes": "\(response.body.contentLength ?? 0)",
                "client": "\(context.client)",
            ])
        return response
    }

    /// A client's own id, if it is short and can't disturb a log.
    private static func acceptable(_ id: String?) -> String? {
        guard let id, (1...64).contains(id.utf8.count) else { return nil }
        let isPlain = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        return isPlain ? id : nil
    }

    private static func newID() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension HTTPField.Name {
    static let requestID = Self("X-Request-Id")!
}

/// What a request has shown to be let in.
enum Credential: Sendable, Equatable {
    case none
    /// Something that is no key of ours.
    case unknown
    case key(APIKey)
}

/// Finds out who a request comes from.
struct ClientAuthenticator: Sendable {
    let proxies: TrustedProxies
    /// Nil: the service asks nobody for a key.
    let keys: APIKeyRing?
    let isEncrypted: Bool

    init(_ configuration: HTTPConfiguration) {
        proxies = configuration.trustedProxies
        keys = configuration.keys
        isEncrypted = configuration.tls != nil
    }

    /// Writes into `context` who asks, by which scheme and host.
    func recognise(_ request: Request, in context: inout ServiceRequestContext) {
        let peer = context.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
        let origin = RequestOrigin(request.head, peer: peer, isEncrypted: isEncrypted, proxies: proxies)
        context.scheme = origin.scheme
        context.host = origin.host
        context.credential = credential(request.headers)
        if case .key(let key) = context.credential {
            context.identity = .key(key.name)
        } else {
            context.identity = origin.address.map { .address($0.client) } ?? .local
        }
    }

    private func credential(_ headers: HTTPFields) -> Credential {
        guard let keys, let shown = Self.shownKey(headers) else { return .none }
        return keys.key(shown).map { .key($0) } ?? .unknown
    }

    /// The key in `X-API-Key`, or in `Authorization: Bearer`. Other schemes of authorization belong to proxies before us.
    static func shownKey(_ headers: HTTPFields) -> String? {
        if let key = headers[.apiKey] { return key }
        guard let words = headers[.authorization]?.split(separator: " "), words.count == 2, words[0].lowercased() == "bearer"
        else { return nil }
        return String(words[1])
    }
}

extension HTTPField.Name {
    static let apiKey = Self("X-API-Key")!
}
