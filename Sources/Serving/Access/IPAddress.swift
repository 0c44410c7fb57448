/// An IP address. IPv4 addresses are kept in their mapped form (`::ffff:192.0.2.1`), so that a client has the same address on every kind
/// of socket.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// The first 64 bits.
    let high: UInt64
    /// The last 64 bits.
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Parses an address without a port or a zone; nil if it is malformed. Leading zeros in IPv4 are malformed, because some programs
    /// read `010` as octal.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 45 else { return nil }
        if let quad = Self.quad(text) {
            self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(quad))
        } else if let groups = Self.groups(text) {
            self.init(
                high: groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) },
                low: groups[4..<8].reduce(0) { $0 << 16 | UInt64($1) })
        } else {
            return nil
        }
    }

    /// Whether it is an IPv4 address.
    package var isVersion4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Whether it is a loopback address.
    package var isLoopback: Bool { isVersion4 ? low >> 24 & 0xFF == 127 : high == 0 && low == 1 }

    /// The address that identifies a client: the IPv4 address, or the /64 network of IPv6, of which a single machine may use every
    /// address.
    package var client: IPAddress { isVersion4 ? self : IPAddress(high: high, low: 0) }

    /// The address in text form; IPv6 as in RFC 5952.
    package var description: String {
        if isVersion4 {
            return stride(from: 24, through: 0, by: -8).map { String(low >> UInt64($0) & 0xFF) }.joined(separator: ".")
        }
        let words = groups.map { String($0, radix: 16) }
        guard let gap = longestGap else { return words.joined(separator: ":") }
        return words[..<gap.lowerBound].joined(separator: ":") + "::" + words[gap.upperBound...].joined(separator: ":")
    }

    private var groups: [UInt16] {
        [high, low].flatMap { half in
            stride(from: 48, through: 0, by: -16).map { UInt16(truncatingIfNeeded: half >> UInt64($0)) }
        }
    }

    /// The first of the longest runs of at least two zero groups.
    private var longestGap: Range<Int>? {
        var best: Range<Int>?
        var start = 0
        for (index, group) in (groups + [1]).enumerated() where group != 0 {
            if index - start >= 2, index - start > best?.count ?? 0 { best = start..<index }
            start = index + 1
        }
        return best
    }
}

extension IPAddress {
    private static func quad(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                part.utf8.first != 0x30 || part.utf8.count == 1, let byte = UInt8(part)
            else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return value
    }

    /// The eight groups of an IPv6 address.
    private static func groups(_ text: some StringProtocol) -> [UInt16]? {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (3...9).contains(parts.count) else { return nil }
        // A gap at either end leaves two empty parts there; one of them stands for the gap.
        if parts[0].isEmpty {
            guard parts[1].isEmpty else { return nil }
            parts.removeFirst()
        }
        if parts[parts.count - 1].isEmpty, parts.count > 1 {
            guard parts[parts.count - 2].isEmpty else { return nil }
            parts.removeLast()
        }
        var groups: [UInt16] = []
        var gap: Int?
        for (index, part) in parts.enumerated() {
            if part.isEmpty {
                guard gap == nil else { return nil }
                gap = groups.count
            } else if index == parts.count - 1, let quad = quad(part) {
                groups += [UInt16(quad >> 16), UInt16(quad & 0xFFFF)]
            } else if part.utf8.count <= 4, part.utf8.first != UInt8(ascii: "+"), let group = UInt16(part, radix: 16) {
                groups.append(group)
            } else {
                return nil
            }
        }
        guard let gap else { return groups.count == 8 ? groups : nil }
        guard groups.count < 8 else { return nil }
        groups.insert(contentsOf: [UInt16](repeating: 0, count: 8 - groups.count), at: gap)
        return groups
    }
}

/// An address range in CIDR notation: `10.0.0.0/8`, `fd00::/8`, or a single address.
package struct AddressRange: Sendable, Equatable {
    /// Why a text is not an address range, in a sentence.
    package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// The sentence.
        package var description: String
    }

    private let first: IPAddress
    /// How many of the 128 bits must match.
    private let prefix: Int

    /// Parses a range. Bits after the prefix are ignored, as network tools do.
    package init(_ text: some StringProtocol) throws(Problem) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(parts[0]) else {
            throw Problem(
                description:
                    """
                    '\(text.prefix(60))' is not an IP address or address range; \
                    write 10.0.0.0/8, 192.0.2.7 or fd00::/8.
                    """
            )
        }
        let bits = address.isVersion4 ? 32 : 128
        var length = bits
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let given = Int(parts[1]), given <= bits else {
                throw Problem(
                    description: "'\(text.prefix(60))': the prefix length must be 0 to \(bits) for this kind of address.")
            }
            length = given
        }
        prefix = 128 - bits + length
        first = Self.masked(address, prefix)
    }

    /// Whether an address is in the range. IPv6 ranges contain no IPv4 addresses.
    package func contains(_ address: IPAddress) -> Bool {
        address.isVersion4 == (first.isVersion4 && prefix >= 96) && Self.masked(address, prefix) == first
    }

    private static func masked(_ address: IPAddress, _ prefix: Int) -> IPAddress {
        // A shift by the whole width gives zero in Swift, which is the mask that is needed.
        IPAddress(
            high: address.high & ~(UInt64.max >> UInt64(min(prefix, 64))),
            low: address.low & ~(UInt64.max >> UInt64(max(prefix - 64, 0))))
    }
}

/// The proxies in front of the service whose forwarding headers are trusted.
package struct TrustedProxies: Sendable, Equatable {
    private let ranges: [AddressRange]

    /// No proxy is trusted.
    package static let none = TrustedProxies([])

    /// Trusts all addresses in the ranges.
    package init(_ ranges: [AddressRange]) {
        self.ranges = ranges
    }

    /// Parses a comma-separated list, as in `--trusted-proxies 127.0.0.1,10.0.0.0/8,fd00::/8`.
    package init(list: String) throws(AddressRange.Problem) {
        var ranges: [AddressRange] = []
        for part in list.split(separator: ",") { ranges.append(try AddressRange(part.filter { $0 != " " })) }
        self.ranges = ranges
    }

    /// Whether the list is empty.
    package var isEmpty: Bool { ranges.isEmpty }

    /// Whether an address is that of a trusted proxy.
    package func contains(_ address: IPAddress) -> Bool { ranges.contains { $0.contains(address) } }
}

/// The client that a request counts for, in the scheduler and in the rate limiter.
package enum ClientIdentity: Sendable, Hashable, CustomStringConvertible {
    /// The holder of an API key, by its name.
    case key(String)
    /// A client without a key, by its address (`IPAddress.client`).
    case address(IPAddress)
    /// A peer without an address, on a Unix socket.
    case local

    /// The identity as one word, for `ClientContext.client` and logs. Key names begin with a letter and have no colon, so no name looks
    /// like an address.
    package var description: String {
        switch self {
        case .key(let name): name
        case .address(let address): address.isVersion4 ? "\(address)" : "\(address)/64"
        case .local: "local"
        }
    }
}
