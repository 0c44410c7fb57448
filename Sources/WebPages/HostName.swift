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
