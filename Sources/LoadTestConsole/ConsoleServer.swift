package import Hummingbird
import HummingbirdCore
package import LoadTesting
package import Logging
import NIOCore
package import ServiceLifecycle

/// The load test's console on an address of its own: a page that starts, changes and stops runs and shows them live.
///
/// What is tested is fixed when it is made. At a graceful shutdown its streams end, a run under way ends with its summary, and it
/// returns.
package struct ConsoleServer: Service {
    private let configuration: ConsoleConfiguration
    private let desk: ConsoleDesk
    private let door: ConsoleDoor
    private let files: ConsoleFiles
    private let hasCharts: Bool
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Makes a console that is not listening yet.
    ///
    /// `onRun` gets each run's summary when the run is over, for a report. `onListening` gets the port once it listens.
    package init(
        configuration: ConsoleConfiguration, control: any LoadTestControl, logger: Logger,
        onRun: @escaping @Sendable (LoadTestSummary) async -> Void = { _ in },
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws(ConsoleError) {
        self.configuration = configuration
        door = try ConsoleDoor(configuration)
        let chartScript = ChartScript.load()
        hasCharts = chartScript != nil
        files = try ConsoleFiles(chartScript: chartScript)
        desk = ConsoleDesk(control, runLimit: configuration.runLimit, logger: logger, onRun: onRun)
        self.logger = logger
        self.onListening = onListening
    }

    /// Starts a run as the page's button does, for a console that begins at once; nil is the shape that the test was made with.
    package func start(_ shape: LoadShape? = nil) async throws(LoadTestError) { try await desk.start(shape) }

    /// Serves until the surrounding service group shuts down gracefully, or the task is cancelled.
    package func run() async throws { try await application.run() }

    /// The application underneath, for tests that start it themselves.
    package var application: some ApplicationProtocol {
        let onListening = onListening
        let router = ConsoleRouter(desk: desk, configuration: configuration, files: files, hasCharts: hasCharts)
        return Application(
            router: router.make(door: door),
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    idleTimeout: .seconds(75),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "sakuga",
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.connectionLimit, logger: logger)),
            services: [desk],
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
    }
}
