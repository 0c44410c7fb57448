import Crypto
package import HTTPTypes

/// Who may ask a console for what: a decision about a request's head.
///
/// Three kinds of strangers are kept out. Other machines: by the token. Web pages whose name was made to point at this machine
/// (DNS rebinding): by the `Host` that their browser sends. Web pages that post across sites: by `Origin`, and by a header
/// that no page can send across sites without asking first.
package struct ConsoleDoor: Sendable {
    /// Nil: any name will do, since a token is asked for anyhow.
    private let names: Set<HostName>?
    private let token: SHA256Digest?
    private let opens: (@Sendable (String) -> Bool)?

    /// The longest token, in bytes; longer ones are not even looked at.
    private static let longestToken = 512

    /// The door of a console that listens on `host`.
    ///
    /// - Parameters:
    ///   - host: name or address to listen on. Anything but a loopback one needs a token, or something else that opens.
    ///   - hostNames: names under which browsers may call a console on a loopback address, besides the loopback names themselves.
    ///   - token: what `Authorization: Bearer` has to show for everything but the page's own files.
    ///   - opens: whether something else that is shown there opens too, such as a key; nil when nothing else does.
    package init(
        host: String, hostNames: [String] = [], token: String? = nil, opens: (@Sendable (String) -> Bool)? = nil
    ) throws(ConsoleError) {
        let isLoopback = HostName(host).isLoopback
        if let token {
            let isPlain = token.utf8.allSatisfy { (0x21..<0x7F).contains($0) }
            guard (8...Self.longestToken).contains(token.utf8.count), isPlain else { throw .unusableToken }
        } else if !isLoopback, opens == nil {
            throw .tokenMissing(host: host)
        }
        names = isLoopback ? Set((hostNames + [host]).map { HostName($0) }) : nil
        self.token = token.map(Self.digest)
        self.opens = opens
    }

    /// Why the request is not let in; nil when it is.
    package func refusal(_ head: HTTPRequest) -> ConsoleRefusal? {
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
        return changesSomething(head) && isCrossSite(head.headerFields, authority: authority) ? .crossSite : nil
    }

    private var asksForToken: Bool { token != nil || opens != nil }

    private func isGood(_ shown: String) -> Bool {
        guard shown.utf8.count <= Self.longestToken else { return false }
        // The digests' comparison takes the same time wherever they differ.
        if let token, Self.digest(shown) == token { return true }
        return opens?(shown) ?? false
    }

    /// The page and its files hold nothing that isn't in every copy of the program.
    private func isPublic(_ head: HTTPRequest) -> Bool {
        if changesSomething(head) { return false }
        let path = (head.path ?? "/").split(separator: "?", omittingEmptySubsequences: false)[0]
        return path == "/" || path == "/console" || path.hasPrefix("/console/")
    }

    private func changesSomething(_ head: HTTPRequest) -> Bool { head.method != .get && head.method != .head }

    private func isCrossSite(_ fields: HTTPFields, authority: String) -> Bool {
        if let origin = fields[.origin], !Self.isOrigin(origin, of: authority) { return true }
        if let site = fields[.fetchSite], site != "same-origin", site != "none" { return true }
        // With a token the request has proved itself: browsers add none on their own.
        return !asksForToken && fields[.console] == nil
    }

    private static func isOrigin(_ origin: String, of authority: String) -> Bool {
        guard let end = origin.firstRange(of: "://")?.upperBound else { return false }
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
    /// Sent by a console's page with what changes something; any value.
    fileprivate static let console = Self("X-Sakuga-Console")!
    fileprivate static let fetchSite = Self("Sec-Fetch-Site")!
}
