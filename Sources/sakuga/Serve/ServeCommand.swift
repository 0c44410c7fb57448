import AnimeGAN
import ArgumentParser
import Checkpoints
import Foundation
import HTTPService
import Imaging
import JobQueue
import Logging
import Serving
import ServiceLifecycle
import UnixSignals

/// `sakuga serve`: the page and the API.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a page and an API that turn photos into anime pictures.",
        discussion: """
            Answers Gradio's /api/predict/ and /run/predict, POST /v1/stylize, /health/live, /health/ready, and the page \
            at /. Stops gracefully on SIGTERM and Ctrl-C: requests in hand are finished first.

            Examples:
              sakuga serve
              sakuga serve --host 0.0.0.0 --port 8080 --size 768
              curl --data-binary @photo.jpg http://127.0.0.1:7860/v1/stylize -o anime.jpg
            """)

    @Option(help: "Name or address to listen on; 0.0.0.0 for every interface.")
    var host = "127.0.0.1"

    @Option(help: "Port to listen on; 0 takes a free one and prints it.")
    var port = 7860

    @Option(help: "The style of requests that name none; `sakuga models list` shows them.")
    var style = Catalogue.defaultModel

    @Option(help: "Longer side in pixels of the picture that the generator sees, unless a request asks otherwise.")
    var size = 512

    @Option(help: "The largest size that a request may ask for.")
    var maxSize = 1024

    @Option(help: "How many cores to use. (default: all)")
    var threads: Int?

    @OptionGroup(title: "Waiting, queueing, keeping")
    var queueing: QueueOptions

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port is 0 to 65535.") }
        guard (16...4096).contains(maxSize) else { throw ValidationError("--max-size is 16 to 4096.") }
        guard (16...maxSize).contains(size) else { throw ValidationError("--size is 16 to --max-size (\(maxSize)).") }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads is 1 to 1024.") }
    }

    func run() async throws {
        let logger = Logger(label: "sakuga") { StreamLogHandler.standardError(label: $0) }
        try ImageCodec.start()
        let pool = ComputePool(threads: threads ?? ProcessorCount.available)
        let handler = try shelfHandler(pool, logger)
        let loading = LoadingHandler(), readiness = Readiness()
        let service = try await jobService(loading, slots: pool.threadCount, logger)
        let server = try HTTPServer(
            configuration: configuration, service: service, readiness: readiness, logger: logger,
            onListening: { [host] port in Self.say("Sakuga listens on http://\(host):\(port)") })
        let warmUp = WarmUp(handler: handler, loading: loading, readiness: readiness, size: size, logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: service),
                    .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(
                        service: warmUp, successTerminationBehavior: .ignore, failureTerminationBehavior: .gracefullyShutdownGroup
                    ),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        await service.store.close()
    }

    private func jobService(_ handler: any JobHandler, slots: Int, _ logger: Logger) async throws -> JobService {
        var policy = ServicePolicy(workerName: "\(ProcessInfo.processInfo.hostName)-\(ProcessInfo.processInfo.processIdentifier)")
        policy.maximumWait = queueing.maxWait.duration
        policy.overload = queueing.overload == .queue ? .queue : .reject
        policy.workers = slots
        let scheduler = Scheduler(handler: handler, limits: .init(slots: slots))
        return JobService(
            handler: handler, scheduler: scheduler, store: try await queueing.store(),
            cache: ResultCache(limit: queueing.cache.bytes), policy: policy, metrics: ServiceMetrics(), logger: logger)
    }

    /// One line at once, also when the output is a pipe.
    private static func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

    private func shelfHandler(_ pool: ComputePool, _ logger: Logger) throws -> StylizeHandler {
        let shelf = try StyleShelf(store: .ofThisProcess, pool: pool, defaultStyle: style)
        return StylizeHandler(shelf: shelf, defaultSize: size, logger: logger)
    }

    private var configuration: HTTPConfiguration {
        var configuration = HTTPConfiguration()
        configuration.host = host
        configuration.port = port
        configuration.sizes = 16...maxSize
        return configuration
    }
}

/// Loads the default model and runs it once, so that the first person does not wait for either; then the service is ready.
private struct WarmUp: Service {
    let handler: StylizeHandler
    let loading: LoadingHandler
    let readiness: Readiness
    let size: Int
    let logger: Logger

    func run() async throws {
        let grey = PixelBuffer(width: size, height: size, bytes: [UInt8](repeating: 128, count: size * size * 3))
        let result = try await handler.run(JobRequest(image: ImageCodec.encode(grey, as: .jpeg, quality: 90))) { _ in }
        loading.install(handler)
        readiness.becomeReady()
        let timings = result.timings.map { "\($0.name) \(Int($0.seconds * 1000)) ms" }.joined(separator: ", ")
        logger.info("ready", metadata: ["first_run": "\(timings)"])
    }
}
