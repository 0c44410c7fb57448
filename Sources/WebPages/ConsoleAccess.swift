import Crypto
package import HTTPTypes
package import Hummingbird
import Logging

/// Who may ask a console for what: a decision about a request's head.
///
/// Three kinds of strangers are kept out. Other machines: by the token. Web pages whose name was made to point at this machine
/// (DNS rebinding): by the `Host` that their browser sends. Web pages that post across sites: by `Origin`, and by a header
/// that no page can send across sites without asking first.
package struct ConsoleAccess: Sendable {
    /// Nil: any name will do, since a token is asked for anyhow.
    private let names: Set<HostName>?
    private let token: SHA256Digest?
    private let opens: (@Sendable (String) -> Bool)?

    /// The longest token, in bytes; longer ones are not even looked at.
    private static let longestToken = 512

    /// The access of a console that listens on `host`.
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
    package func refusal(_ head: HTTPRequest) -> ConsoleAccessError? {
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

/// Why a console's access stays shut.
package enum ConsoleAccessError: Error, Sendable, Equatable {
    /// The console was called by a name that is not this machine's.
    case wrongHost
    /// Nothing was shown that could open.
    case tokenMissing
    /// What was shown does not open.
    case tokenWrong
    /// Another web page asks.
    case crossSite

    /// The reply's status.
    package var status: HTTPResponse.Status {
        switch self {
        case .wrongHost: .misdirectedRequest
        case .tokenMissing, .tokenWrong: .unauthorized
        case .crossSite: .forbidden
        }
    }

    /// A stable word for programs, and for the page, which has words of its own for it.
    package var code: String {
        switch self {
        case .wrongHost: "wrong_host"
        case .tokenMissing: "token_missing"
        case .tokenWrong: "token_wrong"
        case .crossSite: "cross_site"
        }
    }

    /// What was wrong and what to do.
    package var sentence: String {
        switch self {
        case .wrongHost:
            "The console is for this machine and doesn't answer to that name. Open it as http://127.0.0.1 with its port."
        case .tokenMissing: "The console needs its token. Send it as Authorization: Bearer TOKEN."
        case .tokenWrong: "This does not open the console. Check that the token is complete."
        case .crossSite: "Only the console's own page and programs may do this. Programs send the header X-Sakuga-Console: 1."
        }
    }
}

/// Lets requests through a console's access, turns what routes throw into replies, and puts on each reply what keeps browsers safe.
package struct ConsoleAccessMiddleware: RouterMiddleware {
    /// What consoles know of a request.
    package typealias Context = BasicRequestContext

    private let access: ConsoleAccess
    private let reply: @Sendable (any Error, Request, BasicRequestContext) -> Response

    /// `reply` answers for what was thrown: a `ConsoleAccessError` of the access, or anything that a route throws.
    package init(access: ConsoleAccess, reply: @escaping @Sendable (any Error, Request, BasicRequestContext) -> Response) {
        self.access = access
        self.reply = reply
    }

    /// The reply of the routes behind the access, or the one for what went wrong.
    package func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            if let refusal = access.refusal(request.head) { throw refusal }
            response = try await next(request, context)
        } catch {
            response = reply(error, request, context)
        }
        for (name, value) in Self.protections where response.headers[name] == nil { response.headers[name] = value }
        if request.method == .post { context.logger.notice("\(request.uri.path.prefix(100)) \(response.status.code)") }
        return response
    }

    private static let protections: [(HTTPField.Name, String)] = [
        (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
        (HTTPField.Name("X-Content-Type-Options")!, "nosniff"),
        (HTTPField.Name("X-Frame-Options")!, "DENY"),
        (HTTPField.Name("Referrer-Policy")!, "no-referrer"),
        (HTTPField.Name("Cross-Origin-Opener-Policy")!, "same-origin"),
        (HTTPField.Name("Cross-Origin-Resource-Policy")!, "same-origin"),
    ]
}

/// The name in a `Host` header or a listening address, without its port.
package struct HostName: Sendable, Hashable {
    /// Lower case, without brackets and without a dot at the end.
    package let text: String

    /// `authority`: `name`, `name:port`, `1.2.3.4:port`, `[::1]:port`, or a bare IPv6 address.
    package init(_ authority: some StringProtocol) {
        let authority = authority.lowercased()
        var name = Substring(authority)
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            name = authority[authority.index(after: authority.startIndex)..<end]
        } else if let colon = authority.firstIndex(of: ":"), authority.lastIndex(of: ":") == colon {
            name = authority[..<colon]
        }
        text = String(name.hasSuffix(".") ? name.dropLast() : name)
    }

    /// Whether the name can mean nothing but this machine, whatever a name server says.
    package var isLoopback: Bool {
        if text == "localhost" || text.hasSuffix(".localhost") || text == "::1" { return true }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

/// A console can't be started like this.
package enum ConsoleError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Others could reach the console, and it asks for nothing.
    case tokenMissing(host: String)
    /// The token can't be sent in a header.
    case unusableToken

    package var description: String {
        switch self {
        case .tokenMissing(let host):
            "The console on \(host) could be reached and used by others. Give it a token, or let it listen on 127.0.0.1."
        case .unusableToken:
            "The console's token doesn't work: it has to be 8 to 512 printable characters without spaces."
        }
    }
}
