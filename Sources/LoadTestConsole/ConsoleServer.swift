import Foundation
package import Hummingbird
package import LoadTestReports
package import LoadTesting
package import Logging
import ServiceLifecycle
import WebPages

/// The load test's console on an address of its own: a page that starts, changes and stops runs and shows them live.
///
/// What is tested is fixed when it is made. At a graceful shutdown its streams end, a run under way ends with its summary, and it
/// returns.
package struct ConsoleServer: Service {
    private let configuration: ConsoleConfiguration
    private let desk: ConsoleDesk
    private let door: ConsoleDoor
    private let pages: PageFiles
    private let hasCharts: Bool
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Makes a console that is not listening yet.
    ///
    /// `onRun` gets each run's summary when the run is over, for a report. `onListening` gets the port once it listens.
    /// Throws `ConsoleError` for an address that others reach without a token, `PageError` when the page's files are missing.
    package init(
        configuration: ConsoleConfiguration, control: any LoadTestControl, logger: Logger,
        onRun: @escaping @Sendable (LoadTestSummary) async -> Void = { _ in },
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        door = try ConsoleDoor(
            host: configuration.host, hostNames: configuration.hostNames, token: configuration.token)
        let chartScript = ChartScript.load()
        hasCharts = chartScript != nil
        pages = try PageFiles(
            "ConsolePages", in: .module, sharing: .console, adding: chartScript.map { ["chart.js": $0] } ?? [:])
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
        ConsoleListener(
            host: configuration.host, port: configuration.port, connectionLimit: configuration.connectionLimit,
            onListening: onListening
        ).application(
            ConsoleRouter(desk: desk, configuration: configuration, pages: pages, hasCharts: hasCharts).make(door: door),
            beside: desk, logger: logger)
    }
}
