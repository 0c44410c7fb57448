import Foundation
package import Hummingbird
package import Logging
package import Serving
import ServiceLifecycle
import WebPages

/// The operator's console, on an address and port of its own: a live page at `/console`, what it shows as JSON, and the
/// switches to drain the service and take it up again.
///
/// It stays up while the service drains, so that draining can be watched. At a graceful shutdown its streams end and it returns.
package struct AdminServer: Service {
    private let configuration: AdminConfiguration
    private let panel: AdminPanel
    private let door: ConsoleDoor
    private let pages: PageFiles
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Makes a console that is not listening yet.
    ///
    /// `figures` is called once an interval and at each question; it must be quick. `metricsText` is what `/metrics` answers; without it
    /// that path is unknown. `onListening` gets the port once it listens.
    /// Throws `ConsoleError` for an address that others reach without a token, or when the page's files are missing.
    package init(
        configuration: AdminConfiguration, service: JobService, latency: RecentLatency, errors: RecentErrors,
        figures: @escaping @Sendable () -> ProcessReading, metricsText: (@Sendable () async -> String)? = nil,
        logger: Logger, onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        door = try configuration.door
        pages = try PageFiles("ConsolePages", in: .module, sharing: .console)
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
        ConsoleListener(
            host: configuration.host, port: configuration.port, connectionLimit: configuration.connectionLimit,
            onListening: onListening
        ).application(AdminRouter.make(panel, door: door, pages: pages), beside: panel, logger: logger)
    }
}
