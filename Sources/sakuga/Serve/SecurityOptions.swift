import ArgumentParser
import HTTPService
import Logging
import Serving

/// The flags about who may come in, how much they may ask for, and encryption.
struct SecurityOptions: ParsableArguments {
    @Option(help: "File of API keys, one a line as `sakuga keys new NAME` prints them; without it everybody may come in.")
    var apiKeys: String?

    @Option(help: "What one client may ask for: 10/s, 600/min, or 10/s,burst=20. (default: no limit)")
    var rateLimit: String?

    @Option(help: "Proxies whose X-Forwarded-For is believed: addresses or networks, such as 10.0.0.0/8,127.0.0.1.")
    var trustedProxies: String?

    @Option(help: "Certificate chain in PEM, to serve HTTPS; read again on SIGHUP.")
    var tlsCert: String?

    @Option(help: "Its private key in PEM.")
    var tlsKey: String?

    @Option(help: "An origin whose pages may use the API (may be repeated), or * for all.")
    var corsOrigin: [String] = []

    @Option(help: "Most connections at once.")
    var maxConnections = 2_048

    func validate() throws {
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key belong together: give both or none.")
        }
        guard (1...1_000_000).contains(maxConnections) else { throw ValidationError("--max-connections is 1 to 1000000.") }
    }

    /// Opens the files and puts what they say into `configuration`.
    func apply(to configuration: inout HTTPConfiguration) throws {
        configuration.keys = try apiKeys.map { path in try APIKeyRing(path: path) }
        configuration.rateLimiter = try rateLimit.map { text in RateLimiter(limit: try RateLimit(text)) }
        if let trustedProxies { configuration.trustedProxies = try TrustedProxies(list: trustedProxies) }
        if let tlsCert, let tlsKey {
            configuration.tls = try TLSIdentity(certificatePath: tlsCert, keyPath: tlsKey)
        }
        configuration.crossOrigin = try CrossOriginPolicy(corsOrigin)
        configuration.connectionLimit = maxConnections
        configuration.connectionsPerClient = max(1, maxConnections / 2)
    }
}
