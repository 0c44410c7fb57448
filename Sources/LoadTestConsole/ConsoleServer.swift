import Foundation
package import Hummingbird
import LoadTestReports
package import LoadTesting
package import Logging
import ServiceLifecycle
import WebPages

/// The load test's console on an address of its own: a page that starts, changes and stops runs and shows them live.
///
/// The test is fixed when the console is created. A graceful shutdown ends its streams and the current run, with its summary.
package struct ConsoleServer: Service {
    private let configuration: ConsoleConfiguration
    private let runs: ConsoleRuns
    private let access: ConsoleAccess
    private let pages: PageFiles
    private let hasCharts: Bool
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Creates a console that is not listening yet.
    ///
    /// `onRun` receives each run's summary when the run has ended, for a report. `onListening` receives the port once it listens.
    /// - Throws: `ConsoleError` for an address that others reach without a token; `PageError` when the page's files are missing.
    package init(
        configuration: ConsoleConfiguration, control: any LoadTestControl, logger: Logger,
        onRun: @escaping @Sendable (LoadTestSummary) async -> Void = { _ in },
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        access = try ConsoleAccess(
            host: configuration.host, hostNames: configuration.hostNames, token: configuration.token)
        let chartScript = ChartScript.load()
        hasCharts = chartScript != nil
        pages = try PageFiles(
            "ConsolePages", in: .module, sharing: .console, adding: chartScript.map { ["chart.js": $0] } ?? [:])
        runs = ConsoleRuns(control, runLimit: configuration.runLimit, logger: logger, onRun: onRun)
        self.logger = logger
        self.onListening = onListening
    }

    /// Starts a run as the page's button does, for a console with autostart; nil is the shape that the test was made with.
    package func start(_ shape: LoadShape? = nil) async throws(LoadTestError) { try await runs.start(shape) }

    /// Serves until the surrounding service group shuts down gracefully, or the task is cancelled.
    package func run() async throws { try await application.run() }

    /// The application underneath, for tests that start it themselves.
    package var application: some ApplicationProtocol {
        ConsoleListener(
            host: configuration.host, port: configuration.port, connectionLimit: configuration.connectionLimit,
            onListening: onListening
        ).application(
            ConsoleRouter(runs: runs, configuration: configuration, pages: pages, hasCharts: hasCharts).make(access: access),
            beside: runs, logger: logger)
    }
}

/// What the console needs of a load test. Implemented by `LoadTest`, and by a fake in the console's tests.
package protocol LoadTestControl: Sendable {
    /// Runs the shape, or the one that the test was made with, to its end or to `stop()`; a run that ends early gives a full summary too.
    func run(_ shape: LoadShape?) async throws(LoadTestError) -> LoadTestSummary
    /// Ends the current run with its summary.
    func stop() async
    /// Changes the number of users of the current run, which starts a new step.
    func setUsers(_ users: Int, spawnRate: Double?) async throws(LoadTestError)
    /// Changes the arrivals a second of the current run, which starts a new step.
    func setRate(_ rate: Double) async throws(LoadTestError)
    /// The last snapshot.
    var snapshot: LiveSnapshot { get async }
    /// The snapshots of all runs, one a second.
    func snapshots() async -> AsyncStream<LiveSnapshot>
    /// The completed steps of the current run, or of the last one.
    var steps: [StepSummary] { get async }
    /// The summary of the current run as if it ended now, or of the last one; nil before the first.
    var summary: LoadTestSummary? { get async }
}

extension LoadTest: LoadTestControl {}
