import ArgumentParser
import Foundation
import HTTPService
import Logging
import OptionValues
import ProductVersion
import Serving
import Supervision
import Telemetry

/// The options about worker processes.
struct PoolOptions: ParsableArguments {
    @Option(
        help: """
            Number of worker processes, or a range that follows the load: 4 or 2..8. Workers are supervised, restarted, updated and \
            scaled; `sakuga ctl` controls them. (default: one process without a supervisor)
            """)
    var workers: WorkerCount?

    @Option(help: "Replace a worker after this many requests, up to a tenth more. (default: never)")
    var maxRequests: Int?

    @Option(help: "Replace a worker that uses more memory than this. (default: never)")
    var maxRss: ByteCount?

    @Option(help: "Kill and restart a worker that has not responded for this long.")
    var hangTimeout = TimeSpan(seconds: 10)

    @Option(help: "Time that a worker has from its start until it is ready.")
    var startTimeout = TimeSpan(seconds: 60)

    @Option(help: "Time that a worker has to finish the requests in hand before it is killed.")
    var drainTimeout = TimeSpan(seconds: 60)

    @Option(help: "With a range of workers: stop a surplus worker after it has been idle for this long.")
    var scaleDownAfter = TimeSpan(seconds: 60)

    @Option(
        help: "Socket for `sakuga ctl`. (default: sakuga-PORT.sock in $RUNTIME_DIRECTORY, $XDG_RUNTIME_DIR, /run or /tmp)")
    var control: String?

    @Option(help: "File for the supervisor's process number. (default: none)")
    var pidFile: String?

    func validate() throws {
        if let maxRequests, maxRequests < 1 { throw ValidationError("--max-requests must be at least 1.") }
        if let maxRss, maxRss.bytes < 150_000_000 {
            throw ValidationError("--max-rss must be at least 150MB: a fresh worker uses nearly as much.")
        }
        for (name, time) in [
            ("--hang-timeout", hangTimeout), ("--start-timeout", startTimeout), ("--drain-timeout", drainTimeout),
            ("--scale-down-after", scaleDownAfter),
        ] where time.seconds < 1 { throw ValidationError("\(name) must be at least 1s.") }
        guard workers == nil else { return }
        for (name, isGiven) in [
            ("--max-requests", maxRequests != nil), ("--max-rss", maxRss != nil), ("--control", control != nil),
            ("--pid-file", pidFile != nil),
        ] where isGiven { throw ValidationError("\(name) requires --workers.") }
    }

    /// The settings of a pool of `count` workers that may use `cores` cores.
    func settings(_ count: WorkerCount, cores: Int, maximumWait: Double) -> PoolSettings {
        var settings = PoolSettings(count: count, cores: cores)
        settings.recycling = RecyclingPolicy(maximumRequests: maxRequests, maximumResidentBytes: maxRss?.bytes)
        settings.hangTimeout = hangTimeout.seconds
        settings.startTimeout = startTimeout.seconds
        settings.drainTimeout = drainTimeout.seconds
        // Long before requests would wait for --max-wait.
        settings.scaling.waitToGrow = max(0.1, maximumWait / 3)
        settings.scaling.evaluationsToShrink = max(1, Int(scaleDownAfter.seconds))
        return settings
    }
}

/// The options about access, limits for clients, and encryption.
struct SecurityOptions: ParsableArguments {
    @Option(help: "File of API keys, one a line as `sakuga keys new` prints them. (default: no keys; everyone has access)")
    var apiKeys: String?

    @Option(help: "Request limit of each client: 10/s, 600/min, or 10/s,burst=20. (default: no limit)")
    var rateLimit: String?

    @Option(help: "Proxies whose X-Forwarded-For is trusted: addresses or networks, such as 10.0.0.0/8,127.0.0.1.")
    var trustedProxies: String?

    @Option(help: "Certificate chain (PEM), to serve HTTPS; reloaded on SIGHUP.")
    var tlsCert: String?

    @Option(help: "Private key of the certificate (PEM).")
    var tlsKey: String?

    @Option(help: "Origin whose pages may use the API, or * for all; may be given several times.")
    var corsOrigin: [String] = []

    @Option(help: "Maximum number of open connections.")
    var maxConnections = 2_048

    func validate() throws {
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key require each other.")
        }
        guard (1...1_000_000).contains(maxConnections) else { throw ValidationError("--max-connections must be 1 to 1000000.") }
    }

    /// Loads the files and sets what they say in `configuration`.
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

/// The options about the operator's console.
struct AdminOptions: ParsableArguments {
    @Option(help: "Serve the operator's console on this HOST:PORT, such as 127.0.0.1:7861. (default: no console)")
    var admin: ListeningAddress?

    @Option(
        help: """
            File with the console's token. Required when other machines can reach the console, unless --api-keys has a key with the \
            scope admin.
            """)
    var adminTokenFile: String?

    func validate() throws {
        if adminTokenFile != nil, admin == nil { throw ValidationError("--admin-token-file requires --admin.") }
    }

    /// The console of `service`; nil without `--admin`. `onListening` gets its URL.
    func console(
        _ service: JobService, _ observation: Observation, keys: APIKeyRing?, memoryLimit: Int, logger: Logger,
        onListening: @escaping @Sendable (String) -> Void
    ) throws -> AdminServer? {
        guard let admin else { return nil }
        var configuration = AdminConfiguration()
        configuration.host = admin.host
        configuration.port = admin.port
        configuration.memoryLimit = memoryLimit
        configuration.version = SakugaVersion.current
        configuration.token = try adminTokenFile.map(token)
        configuration.keys = keys
        return try AdminServer(
            configuration: configuration, service: service, latency: observation.latency, errors: observation.errors,
            readProcess: {
                let figures = ProcessMetrics.now()
                return ProcessReading(
                    cpuSeconds: figures.cpuSeconds, residentBytes: figures.residentBytes, openFiles: figures.openDescriptors)
            },
            metricsText: observation.text, logger: logger,
            onListening: { port in onListening(admin.url(port: port) + "/console") })
    }

    private func token(_ path: String) throws -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ValidationError(
                "--admin-token-file \(path) cannot be read. Check that it exists and that this user may read it.")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// The options about the log.
struct LogOptions: ParsableArguments {
    @Option(help: "Format of the log on standard error: text or json.")
    var logFormat = LogFormat.text

    @Option(
        help: "Lowest level to log: trace, debug, info, notice, warning, error or critical. (default: info)",
        transform: Self.level)
    var logLevel = Logger.Level.info

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else {
            let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("Unknown log level '\(text)'; the levels are \(known).")
        }
        return level
    }
}

extension LogFormat: ExpressibleByArgument {}
