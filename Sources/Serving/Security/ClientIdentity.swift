/// Who a request is counted for: turns in the line, tokens of the rate limit.
package enum ClientIdentity: Sendable, Hashable, CustomStringConvertible {
    /// The holder of an API key, by the key's name.
    case key(String)
    /// Whoever is behind an address (`IPAddress.client`).
    case address(IPAddress)
    /// A peer without an address, as on a Unix socket.
    case local

    /// The identity as one word, for `Caller.client`, lines and logs. Names begin with a letter and have no colon, so no
    /// key is ever taken for an address.
    package var description: String {
        switch self {
        case .key(let name): name
        case .address(let address): address.isVersion4 ? "\(address)" : "\(address)/64"
        case .local: "local"
        }
    }
}
