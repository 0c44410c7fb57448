#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The proxy in the environment, by curl's rules: `http_proxy` or `https_proxy` depending on the scheme of the address, else `all_proxy`,
/// unless `no_proxy` contains the host. Upper-case names work too, except `HTTP_PROXY`, which a web client can set in CGI.
struct ProxySettings: Equatable {
    enum Kind { case http, socks }

    let kind: Kind
    let host: String
    let port: Int
    let user: String?
    let password: String?

    /// - Returns: nil for a direct connection.
    static func resolve(for url: URL, environment: [String: String]) throws(PullError) -> ProxySettings? {
        guard let host = url.host()?.lowercased(), !bypasses(host, url.port, environment) else { return nil }
        let names = url.scheme == "https" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
        guard let text = (names + ["all_proxy", "ALL_PROXY"]).compactMap({ environment[$0] }).first(where: { !$0.isEmpty })
        else { return nil }
        return try parse(text)
    }

    private static func parse(_ text: String) throws(PullError) -> ProxySettings {
        guard let url = URL(string: text.contains("://") ? text : "http://\(text)"), let host = url.host(), !host.isEmpty else {
            throw .badProxy(withoutPassword(text))
        }
        switch url.scheme?.lowercased() {
        case "http":
            return ProxySettings(
                kind: .http, host: host, port: url.port ?? 1080, user: url.user(percentEncoded: false),
                password: url.password(percentEncoded: false))
        case "socks5", "socks5h":
            return ProxySettings(kind: .socks, host: host, port: url.port ?? 1080, user: nil, password: nil)
        default:
            throw .badProxy(withoutPassword(text))
        }
    }

    /// Messages may be logged, so they must not contain passwords.
    private static func withoutPassword(_ text: String) -> String {
        text.lastIndex(of: "@").map { "…\(text[$0...])" } ?? text
    }

    private static func bypasses(_ host: String, _ port: Int?, _ environment: [String: String]) -> Bool {
        let list = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
        return list.split(whereSeparator: { $0 == "," || $0 == " " }).contains { item in
            var pattern = item.lowercased()
            if pattern == "*" { return true }
            if let colon = pattern.lastIndex(of: ":"), let wanted = Int(pattern[pattern.index(after: colon)...]) {
                guard wanted == port else { return false }
                pattern = String(pattern[..<colon])
            }
            if pattern.hasPrefix(".") { pattern.removeFirst() }
            return host == pattern || host.hasSuffix(".\(pattern)")
        }
    }
}
