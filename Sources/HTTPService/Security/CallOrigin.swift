package import HTTPTypes
package import Serving

/// Where a request comes from and what its client called the service: by the connection, and by the word of proxies that are
/// trusted.
package struct CallOrigin: Equatable {
    /// The client's address; nil where there is none, as on a Unix socket.
    package var address: IPAddress?
    /// `http` or `https`: how the client speaks to the service or to the first proxy.
    package var scheme: String
    /// Name and port as the client wrote them; empty if it wrote none that could be used.
    package var host: String

    /// Judges a request that came in from `peer`; `isEncrypted` says whether this service itself took the encryption off.
    package init(_ request: HTTPRequest, peer: IPAddress?, isEncrypted: Bool, proxies: TrustedProxies) {
        address = peer
        scheme = isEncrypted ? "https" : "http"
        host = Self.host(request.authority) ?? ""
        guard let peer, proxies.contains(peer) else { return }
        let hop = Self.client(behind: peer, ForwardedHops(request.headerFields).hops, proxies)
        address = hop.address
        // Of a list the last is what the proxy next to us wrote: a client can only put something in front of it.
        let lastScheme = request.headerFields[.forwardedProto]?.split(separator: ",").last
        scheme = Self.scheme(hop.scheme ?? lastScheme.map(String.init)) ?? scheme
        let lastHost = request.headerFields[.forwardedHost]?.split(separator: ",").last
        host = Self.host(hop.host ?? lastHost.map(String.init)) ?? host
    }

    /// The last hop that is none of ours: what stands before it was written by that client, and may be invented.
    private static func client(
        behind peer: IPAddress, _ hops: [ForwardedHops.Hop], _ proxies: TrustedProxies
    ) -> ForwardedHops.Hop {
        var known = ForwardedHops.Hop(address: peer)
        for hop in hops.reversed() {
            // A proxy of ours that can't say whom it heard: then it is all that is known.
            guard let address = hop.address else { return known }
            known = hop
            if !proxies.contains(address) { break }
        }
        return known
    }

    private static func scheme(_ text: String?) -> String? {
        guard let word = text?.filter({ $0 != " " }).lowercased(), ["http", "https"].contains(word) else { return nil }
        return word
    }

    /// A name, an address or `[an address]`, with or without a port; what has other characters must get into no address that
    /// we write.
    private static func host(_ text: String?) -> String? {
        guard let text = text?.filter({ $0 != " " }), (1...255).contains(text.utf8.count) else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default: false
            }
        }
        return isPlain ? text : nil
    }
}
