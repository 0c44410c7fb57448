import Crypto
package import HTTPTypes
package import Hummingbird
import Logging

/// Decides by a request's head whether a console answers it.
///
/// Three kinds of attacker are kept out: other machines, by the token; web pages whose host name was pointed at this machine (DNS
/// rebinding), by the `Host` field that their browser sends; and web pages that post across sites (CSRF), by `Origin` and by a header
/// field that no page can send across sites without a preflight request.
package struct ConsoleAccess: Sendable {
    /// The accepted host names; nil if any name will do, because a token is required anyway.
    private let names: Set<HostName>?
    private let token: SHA256Digest?
    private let accepts: (@Sendable (String) -> Bool)?

    /// The maximum length of a token, in bytes. Longer ones are rejected before they are hashed.
    private static let maximumTokenLength = 512

    /// Access to a console that listens on `host`.
    ///
    /// - Parameters:
    ///   - host: The name or address to listen on. Anything but a loopback address requires `token` or `accepts`.
    ///   - hostNames: Further names under which browsers may call a console on a loopback address.
    ///   - token: The bearer token that `Authorization` must carry for everything but the page's own files.
    ///   - accepts: Whether another bearer token, such as an API key, is accepted as well; nil if none is.
    /// - Throws: ``ConsoleError`` if other machines could use the console without a token, or the token cannot be sent in a header.
    package init(
        host: String, hostNames: [String] = [], token: String? = nil, accepts: (@Sendable (String) -> Bool)? = nil
    ) throws(ConsoleError) {
        let isLoopback = HostName(host).isLoopback
        if let token {
            let isPlain = token.utf8.allSatisfy { (0x21..<0x7F).contains($0) }
            guard (8...Self.maximumTokenLength).contains(token.utf8.count), isPlain else { throw .unusableToken }
        } else if !isLoopback, accepts == nil {
            throw .tokenMissing(host: host)
        }
        names = isLoopback ? Set((hostNames + [host]).map { HostName($0) }) : nil
        self.token = token.map(Self.digest)
        self.accepts = accepts
    }

    /// Why the request is denied; nil if it is allowed.
    package func denial(of head: HTTPRequest) -> ConsoleAccessError? {
        let authority = head.authority ?? ""
        if let names {
            let name = HostName(authority)
            guard name.isLoopback || names.contains(name) else { return .wrongHost }
        }
        if isPublic(head) { return nil }
        if requiresToken {
            guard let credential = Self.bearer(head.headerFields) else { return .tokenMissing }
            guard isValid(credential) else { return .tokenWrong }
        }
        return isUnsafe(head) && isCrossSite(head.headerFields, authority: authority) ? .crossSite : nil
    }

    private var requiresToken: Bool { token != nil || accepts != nil }

    private func isValid(_ credential: String) -> Bool {
        guard credential.utf8.count <= Self.maximumTokenLength else { return false }
        // Comparing digests takes the same time wherever they differ.
        if let token, Self.digest(credential) == token { return true }
        return accepts?(credential) ?? false
    }

    /// Whether the request is for the page or its files, which contain nothing secret: they are in every copy of the program.
    private func isPublic(_ head: HTTPRequest) -> Bool {
        if isUnsafe(head) { return false }
        let path = (head.path ?? "/").split(separator: "?", omittingEmptySubsequences: false)[0]
        return path == "/" || path == "/console" || path.hasPrefix("/console/")
    }

    private func isUnsafe(_ head: HTTPRequest) -> Bool { head.method != .get && head.method != .head }

    private func isCrossSite(_ fields: HTTPFields, authority: String) -> Bool {
        if let origin = fields[.origin], !Self.isOrigin(origin, of: authority) { return true }
        if let site = fields[.fetchSite], site != "same-origin", site != "none" { return true }
        // A token is proof enough: browsers never add one on their own.
        return !requiresToken && fields[.console] == nil
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
    /// Sent by a console's page with every request that changes something; its value is ignored.
    fileprivate static let console = Self("X-Sakuga-Console")!
    fileprivate static let fetchSite = Self("Sec-Fetch-Site")!
}

/// Why a console denies a request.
package enum ConsoleAccessError: Error, Sendable, Equatable {
    /// The `Host` field has a name that is not this machine's.
    case wrongHost
    /// The request has no bearer token.
    case tokenMissing
    /// The bearer token is not valid.
    case tokenWrong
    /// The request comes from another site's page.
    case crossSite

    /// The response's status.
    package var status: HTTPResponse.Status {
        switch self {
        case .wrongHost: .misdirectedRequest
        case .tokenMissing, .tokenWrong: .unauthorized
        case .crossSite: .forbidden
        }
    }

    /// A stable identifier for programs, and for the page, which translates it.
    package var code: String {
        switch self {
        case .wrongHost: "wrong_host"
        case .tokenMissing: "token_missing"
        case .tokenWrong: "token_wrong"
        case .crossSite: "cross_site"
        }
    }

    /// What is wrong and what to do about it, for people.
    package var message: String {
        switch self {
        case .wrongHost:
            "The console does not answer to that host name. Open it as http://127.0.0.1 with its port."
        case .tokenMissing: "The console requires its token. Send it as Authorization: Bearer TOKEN."
        case .tokenWrong: "The token is not valid. Check that it is complete."
        case .crossSite: "Pages of other sites may not do this. If you call from a program, send the header X-Sakuga-Console: 1."
        }
    }
}

/// Denies requests that the console's access rules do not allow, turns thrown errors into responses, and adds security headers.
package struct ConsoleAccessMiddleware: RouterMiddleware {
    /// The context of a console's requests.
    package typealias Context = BasicRequestContext

    private let access: ConsoleAccess
    private let reply: @Sendable (any Error, Request, BasicRequestContext) -> Response

    /// `reply` makes the response for an error: a ``ConsoleAccessError``, or anything that a route throws.
    package init(access: ConsoleAccess, reply: @escaping @Sendable (any Error, Request, BasicRequestContext) -> Response) {
        self.access = access
        self.reply = reply
    }

    /// The response of the routes, or the one for the error.
    package func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            if let denial = access.denial(of: request.head) { throw denial }
            response = try await next(request, context)
        } catch {
            response = reply(error, request, context)
        }
        for (name, value) in Self.securityHeaders where response.headers[name] == nil { response.headers[name] = value }
        if request.method == .post { context.logger.notice("\(request.uri.path.prefix(100)) \(response.status.code)") }
        return response
    }

    private static let securityHeaders: [(HTTPField.Name, String)] = [
        (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
        (HTTPField.Name("X-Content-Type-Options")!, "nosniff"),
        (HTTPField.Name("X-Frame-Options")!, "DENY"),
        (HTTPField.Name("Referrer-Policy")!, "no-referrer"),
        (HTTPField.Name("Cross-Origin-Opener-Policy")!, "same-origin"),
        (HTTPField.Name("Cross-Origin-Resource-Policy")!, "same-origin"),
    ]
}

/// The host name in a `Host` field or a listening address, without its port.
package struct HostName: Sendable, Hashable {
    /// The name in lower case, without brackets and without a trailing dot.
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

    /// Whether the name can only mean this machine, whatever a name server answers.
    package var isLoopback: Bool {
        if text == "localhost" || text.hasSuffix(".localhost") || text == "::1" { return true }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

/// Why a console cannot start with this configuration.
package enum ConsoleError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Other machines could use the console, because it has no token.
    case tokenMissing(host: String)
    /// The token cannot be sent in a header field.
    case unusableToken

    package var description: String {
        switch self {
        case .tokenMissing(let host):
            "Anyone who reaches \(host) could use the console. Set a token, or listen on 127.0.0.1."
        case .unusableToken:
            "The console's token is not usable: it must be 8 to 512 printable ASCII characters without spaces."
        }
    }
}
