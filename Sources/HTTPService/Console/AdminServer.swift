package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import Serving
import ServiceLifecycle

/// The operator's console, on an address and port of its own: a live page at `/console`, what it shows as JSON, and the
/// switches to drain the service and take it up again.
///
/// It stays up while the service drains, so that draining can be watched. At a graceful shutdown its streams end and it returns.
package struct AdminServer: Service {
    private let configuration: AdminConfiguration
    private let panel: AdminPanel
    private let door: AdminDoor
    private let pages: PageFiles
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Makes a console that is not listening yet.
    ///
    /// `figures` is called once an interval and at each question; it must be quick. `metricsText` is what `/metrics` answers; without it
    /// that path is unknown. `onListening` gets the port once it listens.
    /// Throws `AdminServerError` for an address that others reach without a token, or when the page's files are missing.
    package init(
        configuration: AdminConfiguration, service: JobService, latency: RecentLatency, errors: RecentErrors,
        figures: @escaping @Sendable () -> ProcessReading, metricsText: (@Sendable () async -> String)? = nil,
        logger: Logger, onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        door = try AdminDoor(configuration)
        pages = try PageFiles(folder: "ConsolePages", sharing: ["events.js", "icon.svg", "theme.css"])
        panel = AdminPanel(
            configuration: configuration, service: service, latency: latency, errors: errors, figures: figures,
            metricsText: metricsText)
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the surrounding service group shuts down gracefully, or the task is cancelled.
    package func run() async throws {
        try await application.run()
    }

    /// The application underneath, for tests that start it themselves.
    package var application: some ApplicationProtocol {
        let onListening = onListening
        return Application(
            router: AdminRouter.make(panel, door: door, pages: pages),
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    idleTimeout: .seconds(75),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "sakuga",
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.connectionLimit, logger: logger)),
            services: [panel],
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
    }
}
