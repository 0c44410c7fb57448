import AnimeGAN
import ArgumentParser
import BlockingThreads
import Foundation
import HTTPService
import Imaging
import InstalledModels
import JobQueue
import Logging
import Serving
import ServiceLifecycle
import Supervision
import UnixSignals

/// `sakuga serve`: the page and the API.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a page and an API that turn photos into anime pictures.",
        discussion: """
            Answers POST /v1/stylize and /v1/jobs, Gradio's clients of versions 2 to 6, the Open Inference Protocol (/v2), \
            /metrics, /health/live, /health/ready, and the page at /; /openapi.json describes it all. What would take longer than \
            --max-wait becomes a job in a queue. Stops gracefully on SIGTERM and Ctrl-C: requests in hand are finished first.

            Every option can also be set by a variable (SAKUGA_MAX_WAIT=3s for --max-wait) and in a file (--config). The command \
            line goes before the variables, and those before the file.

            Examples:
              sakuga serve
              sakuga serve --host 0.0.0.0 --port 8080 --size 768
              sakuga serve --queue sqlite:jobs.db --api-keys keys.txt --admin 127.0.0.1:7861
              sakuga serve --workers 4 --max-requests 10000
              sakuga serve --config sakuga.yaml --print-settings
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

    @OptionGroup(title: "Workers")
    var pool: PoolOptions

    @OptionGroup(title: "Waiting, queueing, keeping")
    var queueing: QueueOptions

    @OptionGroup(title: "Security")
    var security: SecurityOptions

    @OptionGroup(title: "Console")
    var admin: AdminOptions

    @OptionGroup(title: "Log")
    var log: LogOptions

    @OptionGroup(title: "Settings")
    var settings: SettingsOptions

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port is 0 to 65535.") }
        guard (16...4096).contains(maxSize) else { throw ValidationError("--max-size is 16 to 4096.") }
        guard (16...maxSize).contains(size) else { throw ValidationError("--size is 16 to --max-size (\(maxSize)).") }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads is 1 to 1024.") }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        if let seat = WorkerSeat(environment: environment) {
            try await seated(seat).serve(.worker(WorkerLink(seat)))
        } else if let count = pool.workers {
            try await ServePool(command: self, count: count, environment: environment).run()
        } else {
            try await serve(try ServePlace(alone: environment))
        }
    }

    /// The settings as a worker has them in its seat.
    private func seated(_ seat: WorkerSeat) -> ServeCommand {
        var command = self
        command.threads = seat.threads
        command.style = seat.style ?? style
        command.port = seat.port
        // Each worker has its own console, on the port after that of the one before.
        if let console = admin.admin, console.port > 0 { command.admin.admin?.port = console.port + seat.slot }
        return command
    }

    private func serve(_ place: ServePlace) async throws {
        var configuration = try configuration()
        configuration.socket = place.socket
        var telemetry = ServeTelemetry(log)
        let logger = telemetry.logger
        try ImageCodec.start()
        let memory = queueing.memoryLimit.bytes - Self.ownMemory
        let pool = ComputePool(threads: threads ?? ProcessorCount.available, workspaceBytes: memory)
        let handler = try shelfHandler(pool, logger)
        let loading = LoadingHandler(), readiness = Readiness()
        let ownMetrics = telemetry.scrape
        telemetry.observation.text = place.metrics(own: ownMetrics)
        let service = try await jobService(loading, place, slots: pool.threadCount, memory: memory, telemetry)
        let server = try HTTPServer(
            configuration: configuration, service: service, readiness: readiness, observation: telemetry.observation,
            logger: logger,
            onListening: { [host, isPlain = configuration.tls == nil] port in
                if !place.isWorker { Self.say("Sakuga listens on \(isPlain ? "http" : "https")://\(host):\(port)") }
            })
        telemetry.watch(service, server, cores: pool.threadCount, readiness: readiness)
        for style in handler.styles { telemetry.observation.metrics.modelInfo(style: style.name, digest: style.revision) }
        let console = try admin.console(
            service, telemetry.observation, keys: configuration.keys, memoryLimit: queueing.memoryLimit.bytes, logger: logger,
            onListening: { if !place.isWorker { Self.say("Sakuga's console is at \($0)") } })
        let warmUp = WarmUp(
            handler: place.watched(handler), loading: loading, scheduler: service.scheduler, readiness: readiness, place: place,
            size: size, logger: logger)
        let reload = ReloadOnHangup(keys: configuration.keys, tls: configuration.tls, logger: logger)
        // Stopped in reverse order: first nobody new comes in and those in hand get their answers, then the queue is left.
        let group = ServiceGroup(
            configuration: .init(
                // The console stays up to the end, so that stopping can be watched; and so does what speaks with a supervisor.
                services: place.services(service, readiness, ownMetrics: ownMetrics, logger)
                    + (console.map { [place.console($0, logger)] } ?? []) + [
                        .init(service: service),
                        .init(service: reload, successTerminationBehavior: .ignore),
                        .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
                        .init(
                            service: warmUp, successTerminationBehavior: .ignore,
                            failureTerminationBehavior: .gracefullyShutdownGroup),
                    ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        defer { telemetry.finish() }
        try await group.run()
        await service.store.close()
    }

    /// What the program takes beside its jobs: itself, the default style's weights, connections. Measured: 75 to 105 MB.
    private static let ownMemory = 110_000_000

    private func jobService(
        _ handler: any JobHandler, _ place: ServePlace, slots: Int, memory: Int, _ telemetry: ServeTelemetry
    ) async throws -> JobService {
        let process = ProcessInfo.processInfo
        var policy = ServicePolicy(workerName: "\(process.hostName)-\(process.processIdentifier)")
        policy.maximumWait = queueing.maxWait.duration
        policy.overload = queueing.overload == .queue ? .queue : .reject
        policy.workers = slots + 1
        let limits = SchedulerLimits(slots: slots, waitingJobs: 4_096, waitingBytes: 64_000_000, memoryBytes: memory)
        return JobService(
            handler: handler, scheduler: Scheduler(limits: limits), store: try await place.store(queueing),
            cache: ResultCache(limit: queueing.cache.bytes), policy: policy, metrics: telemetry.observation.metrics,
            logger: telemetry.logger)
    }

    /// One line at once, also when the output is a pipe.
    static func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

    private func shelfHandler(_ pool: ComputePool, _ logger: Logger) throws -> StylizeHandler {
        let shelf = try StyleShelf(store: .ofThisProcess, pool: pool, defaultStyle: style)
        return StylizeHandler(shelf: shelf, defaultSize: size, logger: logger)
    }

    func configuration() throws -> HTTPConfiguration {
        var configuration = HTTPConfiguration()
        configuration.host = host
        configuration.port = port
        configuration.sizes = 16...maxSize
        configuration.bodiesLimit = 64_000_000
        try security.apply(to: &configuration)
        return configuration
    }
}

/// Loads the default model and runs it once, so that the first person does not wait for either; then the service is ready.
private struct WarmUp: Service {
    let handler: any JobHandler
    let loading: LoadingHandler
    let scheduler: Scheduler
    let readiness: Readiness
    let place: ServePlace
    let size: Int
    let logger: Logger

    /// Large enough to tell what a pixel costs, and small enough that nobody waits for it.
    private static let largestSize = 256

    func run() async throws {
        let size = min(size, Self.largestSize)
        let grey = PixelBuffer(width: size, height: size, bytes: [UInt8](repeating: 128, count: size * size * 3))
        let request = JobRequest(image: try ImageCodec.encode(grey, as: .jpeg, quality: 90), size: size)
        let job = try await handler.prepare(request)
        loading.install(handler)
        // Through the scheduler, which learns from it what a job takes here.
        guard case .finished(let result) = try await scheduler.run(job, options: SchedulingOptions(client: "warm-up")) else {
            return
        }
        try await place.becomeReady(handler)
        readiness.becomeReady()
        let timings = result.timings.map { "\($0.name) \(Int($0.seconds * 1000)) ms" }.joined(separator: ", ")
        logger.info("ready", metadata: ["first_run": "\(timings)"])
    }
}
