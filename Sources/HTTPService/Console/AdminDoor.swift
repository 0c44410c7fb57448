import Crypto
import Foundation
import HTTPTypes
import Serving

/// Who may ask the console for what: a decision about a request's head.
///
/// Three kinds of strangers are kept out. Other machines: by the token. Web pages whose name was made to point at this machine
/// (DNS rebinding): by the `Host` that their browser sends. Web pages that post across sites: by `Origin`, and by a header
/// that no page can send across sites without asking first.
struct AdminDoor: Sendable {
    /// Nil: any name will do, since a token is asked for anyhow.
    private let names: Set<HostName>?
    private let token: SHA256Digest?
    private let keys: APIKeyRing?

    init(_ configuration: AdminConfiguration) throws(AdminServerError) {
        if let token = configuration.token {
            let isPlain = token.utf8.allSatisfy { (0x21..<0x7F).contains($0) }
            guard (8...512).contains(token.utf8.count), isPlain else { throw .unusableToken }
        } else if !configuration.isLoopback, configuration.keys == nil {
            throw .tokenMissing(host: configuration.host)
        }
        names = configuration.isLoopback ? Set((configuration.hostNames + [configuration.host]).map { HostName($0) }) : nil
        token = configuration.token.map(Self.digest)
        keys = configuration.keys
    }

    /// Why the request is not let in; nil when it is.
    func refusal(_ head: HTTPRequest) -> Refusal? {
        let authority = head.authority ?? ""
        if let names {
            let name = HostName(authority)
            guard name.isLoopback || names.contains(name) else { return .wrongHost }
        }
        if isPublic(head) { return nil }
        if asksForToken {
            guard let shown = Self.bearer(head.headerFields) else { return .tokenMissing }
            guard isGood(shown) else { return .tokenWrong }
        }
        return changesSomething(head) ? crossSiteRefusal(head, authority: authority) : nil
    }

    private var asksForToken: Bool { token != nil || keys != nil }

    private func isGood(_ shown: String) -> Bool {
        guard shown.utf8.count <= 512 else { return false }
        // The digests' comparison takes the same time wherever they differ.
        if let token, Self.digest(shown) == token { return true }
        return keys?.key(shown)?.scopes.contains(.admin) ?? false
    }

    /// The page and its files hold nothing that isn't in every copy of the program.
    private func isPublic(_ head: HTTPRequest) -> Bool {
        if changesSomething(head) { return false }
        let path = (head.path ?? "/").split(separator: "?", omittingEmptySubsequences: false)[0]
        return path == "/" || path == "/console" || path.hasPrefix("/console/")
    }

    private func changesSomething(_ head: HTTPRequest) -> Bool { head.method != .get && head.method != .head }

    private func crossSiteRefusal(_ head: HTTPRequest, authority: String) -> Refusal? {
        let fields = head.headerFields
        if let origin = fields[.origin], !Self.isOrigin(origin, of: authority) { return .crossSite }
        if let site = fields[.fetchSite], site != "same-origin", site != "none" { return .crossSite }
        // With a token the request has proved itself: browsers add none on their own.
        if !asksForToken, fields[.console] == nil { return .crossSite }
        return nil
    }

    private static func isOrigin(_ origin: String, of authority: String) -> Bool {
        guard let end = origin.range(of: "://")?.upperBound else { return false }
        return origin[end...].lowercased() == authority.lowercased()
    }

    private static func bearer(_ fields: HTTPFields) -> String? {
        guard let words = fields[.authorization]?.split(separator: " "), words.count == 2, words[0].lowercased() == "bearer"
        else { return nil }
        return String(words[1])
    }

    private static func digest(_ token: String) -> SHA256Digest { SHA256.hash(data: Array(token.utf8)) }
}

extension HTTPField.Name {
    /// Sent by the console with what changes something; any value.
    static let console = Self("X-Sakuga-Console")!
    fileprivate static let fetchSite = Self("Sec-Fetch-Site")!
}
