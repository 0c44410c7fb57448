import Hummingbird

extension CallContext {
    /// How the client calls us, for the addresses in a reply: `http://anime.example:7860`. Empty if unknown.
    var origin: String { host.isEmpty ? "" : "\(scheme)://\(host)" }
}
