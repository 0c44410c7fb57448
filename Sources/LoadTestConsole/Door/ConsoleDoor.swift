import HTTPTypes

/// Who may ask the console for what: a decision about a request's head.
///
/// Three kinds of strangers are kept out. Other machines: by the token. Web pages whose name was made to point at this machine
/// (DNS rebinding): by the `Host` that their browser sends. Web pages that post across sites: by `Origin`, and by a header
/// that no page can send across sites without asking first.
struct ConsoleDoor: Sendable {
    /// Nil: any name will do, since a token is asked for anyhow.
    private let names: Set<HostName>?
    private let token: [UInt8]?

    init(_ configuration: ConsoleConfiguration) throws(ConsoleError) {
        if let token = configuration.token {
            let isPlain = token.utf8.allSatisfy { (0x21..<0x7F).contains($0) }
            guard (8...512).contains(token.utf8.count), isPlain else { throw .unusableToken }
        } else if !configuration.isLoopback {
            throw .tokenMissing(host: configuration.host)
        }
        names = configuration.isLoopback ? Set((configuration.hostNames + [configuration.host]).map { HostName($0) }) : nil
        token = configuration.token.map { Array($0.utf8) }
    }

    /// Why the request is not let in; nil when it is.
    func problem(_ head: HTTPRequest) -> ConsoleProblem? {
        let authority = head.authority ?? ""
        if let names {
            let name = HostName(authority)
            guard name.isLoopback || names.contains(name) else { return .wrongHost }
        }
        if isPublic(head) { return nil }
        if token != nil {
            guard let shown = Self.bearer(head.headerFields) else { return .tokenMissing }
            guard isGood(shown) else { return .tokenWrong }
        }
        return changesSomething(head) ? crossSiteProblem(head, authority: authority) : nil
    }

    /// Takes the same time wherever the two differ.
    private func isGood(_ shown: String) -> Bool {
        guard let token, shown.utf8.count == token.count else { return false }
        return zip(shown.utf8, token).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The page and its files hold nothing that isn't in every copy of the program.
    private func isPublic(_ head: HTTPRequest) -> Bool {
        if changesSomething(head) { return false }
        let path = (head.path ?? "/").split(separator: "?", omittingEmptySubsequences: false)[0]
        return path == "/" || path == "/console" || path.hasPrefix("/console/")
    }

    private func changesSomething(_ head: HTTPRequest) -> Bool { head.method != .get && head.method != .head }

    private func crossSiteProblem(_ head: HTTPRequest, authority: String) -> ConsoleProblem? {
        let fields = head.headerFields
        if let origin = fields[.origin], !Self.isOrigin(origin, of: authority) { return .crossSite }
        if let site = fields[.fetchSite], site != "same-origin", site != "none" { return .crossSite }
        // With a token the request has proved itself: browsers add none on their own.
        if token == nil, fields[.console] == nil { return .crossSite }
        return nil
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
}

extension HTTPField.Name {
    /// Sent by the console's page with what changes something; any value.
    static let console = Self("X-Sakuga-Console")!
    fileprivate static let fetchSite = Self("Sec-Fetch-Site")!
}
