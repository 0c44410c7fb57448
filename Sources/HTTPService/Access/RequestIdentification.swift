import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Serving

/// Assigns each request an ID, which its response and its log records carry, identifies the client, and logs one line per request.
struct RequestIdentificationMiddleware: RouterMiddleware {
    typealias Context = ServiceRequestContext

    let authenticator: ClientAuthenticator

    func handle(
        _ request: Request, context: ServiceRequestContext,
        next: (Request, ServiceRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID = Self.usable(request.headers[.requestID]) ?? Self.newID()
        authenticator.authenticate(request, in: &context)
        // One ID is enough: the framework's own is not sent to clients.
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

    /// The ID that the client has chosen, if it is short and safe to log.
    private static func usable(_ id: String?) -> String? {
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

/// The API key of a request.
enum Credential: Sendable, Equatable {
    case none
    /// A key that the service does not know.
    case unknown
    case key(APIKey)
}

/// Identifies the client of a request.
struct ClientAuthenticator: Sendable {
    let proxies: TrustedProxies
    /// Nil if no key is required.
    let keys: APIKeyRing?
    let isEncrypted: Bool

    init(_ configuration: HTTPConfiguration) {
        proxies = configuration.trustedProxies
        keys = configuration.keys
        isEncrypted = configuration.tls != nil
    }

    /// Stores the client's identity and credential, and the scheme and host it used, in `context`.
    func authenticate(_ request: Request, in context: inout ServiceRequestContext) {
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
        guard let keys, let key = Self.key(in: headers) else { return .none }
        return keys.key(key).map { .key($0) } ?? .unknown
    }

    /// The key in `X-API-Key` or in `Authorization: Bearer`. Other authorization schemes are left to proxies.
    static func key(in headers: HTTPFields) -> String? {
        if let key = headers[.apiKey] { return key }
        guard let words = headers[.authorization]?.split(separator: " "), words.count == 2, words[0].lowercased() == "bearer"
        else { return nil }
        return String(words[1])
    }
}

extension HTTPField.Name {
    static let apiKey = Self("X-API-Key")!
}
