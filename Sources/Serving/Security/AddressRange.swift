/// A block of addresses, written `10.0.0.0/8`, `fd00::/8`, or as a single address.
package struct AddressRange: Sendable, Equatable {
    /// Why a text is no block of addresses, in a sentence.
    package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// The sentence.
        package var description: String
    }

    private let first: IPAddress
    /// Of 128 bits, those that have to agree.
    private let prefix: Int

    /// Reads a block. Bits behind the prefix are ignored, as network tools do.
    package init(_ text: some StringProtocol) throws(Problem) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(parts[0]) else {
            throw Problem(
                description:
                    """
                    '\(text.prefix(60))' is no address and no block of addresses; \
                    write them like 10.0.0.0/8, 192.0.2.7 or fd00::/8.
                    """
            )
        }
        let bits = address.isVersion4 ? 32 : 128
        var length = bits
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let given = Int(parts[1]), given <= bits else {
                throw Problem(
                    description: "'\(text.prefix(60))': the number after the slash is 0 to \(bits) for this kind of address.")
            }
            length = given
        }
        prefix = 128 - bits + length
        first = Self.masked(address, prefix)
    }

    /// Whether an address lies in the block. Blocks of version 6 hold no addresses of version 4.
    package func contains(_ address: IPAddress) -> Bool {
        address.isVersion4 == (first.isVersion4 && prefix >= 96) && Self.masked(address, prefix) == first
    }

    private static func masked(_ address: IPAddress, _ prefix: Int) -> IPAddress {
        // A shift by the whole width gives zero in Swift, which is what an empty mask is.
        IPAddress(
            high: address.high & ~(UInt64.max >> UInt64(min(prefix, 64))),
            low: address.low & ~(UInt64.max >> UInt64(max(prefix - 64, 0))))
    }
}

/// The proxies in front of the service whose word about the client is taken.
package struct TrustedProxies: Sendable, Equatable {
    private let ranges: [AddressRange]

    /// Nobody's word is taken.
    package static let none = TrustedProxies([])

    /// Takes the word of all who are in one of the blocks.
    package init(_ ranges: [AddressRange]) {
        self.ranges = ranges
    }

    /// Reads a list with commas, as `--trusted-proxies` has it: `127.0.0.1,10.0.0.0/8,fd00::/8`.
    package init(list: String) throws(AddressRange.Problem) {
        var ranges: [AddressRange] = []
        for part in list.split(separator: ",") { ranges.append(try AddressRange(part.filter { $0 != " " })) }
        self.ranges = ranges
    }

    /// Whether the list is empty.
    package var isEmpty: Bool { ranges.isEmpty }

    /// Whether an address is one of theirs.
    package func contains(_ address: IPAddress) -> Bool { ranges.contains { $0.contains(address) } }
}
