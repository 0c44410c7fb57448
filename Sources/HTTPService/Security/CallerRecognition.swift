import HTTPTypes
import Hummingbird
import NIOCore
import Serving

/// What a request has shown to be let in.
enum Credential: Sendable, Equatable {
    case none
    /// Something that is no key of ours.
    case unknown
    case key(APIKey)
}

/// Finds out who a request comes from.
struct CallerRecognition: Sendable {
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
    func recognise(_ request: Request, in context: inout CallContext) {
        let peer = context.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
        let origin = CallOrigin(request.head, peer: peer, isEncrypted: isEncrypted, proxies: proxies)
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
