import HTTPService
import JobQueue
import Logging
import Serving
import ServiceLifecycle
import Testing

/// Starts a server as the program does, runs `body` with its port, and stops it. (Servers of `withService` have no connection limit, which
/// HummingbirdTesting leaves out.)
func withRunningServer(
    _ handler: any JobHandler = RecordingHandler(), configuration: HTTPConfiguration, _ body: (Int) async throws -> Void
) async throws {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let readiness = Readiness()
    readiness.becomeReady()
    let service = jobService(handler, logger)
    let (ports, source) = AsyncStream<Int>.makeStream()
    let server = try HTTPServer(
        configuration: configuration, service: service, readiness: readiness, logger: logger,
        onListening: { source.yield($0) })
    try await withThrowingTaskGroup { group in
        group.addTask { try await service.run() }
        group.addTask { try await server.run() }
        var iterator = ports.makeAsyncIterator()
        try await body(#require(await iterator.next()))
        group.cancelAll()
    }
}
