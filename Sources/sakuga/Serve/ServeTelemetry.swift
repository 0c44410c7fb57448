import CoreMetrics
import HTTPService
import Logging
import ProductVersion
import Serving
import Telemetry

/// The process's log and metrics. Set it up once, before anything logs or counts.
struct ServeTelemetry {
    var observation: Observation
    let logger: Logger
    /// Returns this process's metrics in Prometheus' text format.
    let scrape: @Sendable () async -> String
    private let registry: PrometheusRegistry
    private let writer: LogWriter

    init(_ options: LogOptions) {
        let writer = LogWriter(format: options.logFormat), level = options.logLevel
        LoggingSystem.bootstrap { ServiceLogHandler(label: $0, writer: writer, level: level) }
        let registry = PrometheusRegistry(help: ServiceMetrics.help)
        MetricsSystem.bootstrap(registry)
        registry.exposeProcess()
        registry.collect {
            [
                CollectedMetric(
                    name: "sakuga_log_records_dropped_total", kind: .counter,
                    help: "Log records that were dropped because the log's reader was too slow.", value: Double(writer.dropped)),
                CollectedMetric(
                    name: "sakuga_build_info", kind: .gauge, help: "The program's version; the value is always 1.",
                    samples: [.init(labels: [("version", SakugaVersion.current)], value: 1)]),
            ]
        }
        self.writer = writer
        self.registry = registry
        logger = Logger(label: "sakuga")
        scrape = { await registry.scrape() }
        observation = Observation(metrics: ServiceMetrics(factory: registry), text: scrape)
    }

    /// Reads the service's state at each scrape.
    func observe(_ service: JobService, _ server: HTTPServer, cores: Int, readiness: Readiness) {
        let metrics = observation.metrics
        registry.beforeScrape {
            let isReady = readiness.current == .ready && service.isTakingJobs
            metrics.observe(
                ServiceReadings(service.snapshot, connections: server.connectionCount, cores: cores, isReady: isReady))
        }
    }

    /// Writes the remaining log lines, at the end of the program.
    func finish() { writer.flush(within: 2) }
}
