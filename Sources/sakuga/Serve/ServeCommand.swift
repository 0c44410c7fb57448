import AnimeGAN
import ArgumentParser
import BlockingThreads
import Foundation
import HTTPService
import Imaging
import InstalledModels
import JobQueue
import Logging
import OptionValues
import Serving
import ServiceLifecycle
import StylizeService
import Supervision
import UnixSignals

/// `sakuga serve`: the page and the API.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a page and an API that turn photos into anime-style pictures.",
        discussion: """
            Serves POST /v1/stylize and /v1/jobs, the APIs of Gradio 2 to 6, the Open Inference Protocol (/v2), /metrics, /health/live, \
            /health/ready, and the page at /. /openapi.json describes all of them. A request that would take longer than --max-wait \
            becomes a job in the queue. SIGTERM and Ctrl-C stop the server after it has finished the requests in hand.

            Every option can also be set by an environment variable (SAKUGA_MAX_WAIT=3s for --max-wait) or in a file (--config). The \
            command line takes precedence over variables, and variables over the file.

            Examples:
              sakuga serve
              sakuga serve --host 0.0.0.0 --port 8080 --size 768
              sakuga serve --queue sqlite:jobs.db --api-keys keys.txt --admin 127.0.0.1:7861
              sakuga serve --workers 4 --max-requests 10000
              sakuga serve --config sakuga.yaml --print-settings
              curl --data-binary @photo.jpg http://127.0.0.1:7860/v1/stylize -o anime.jpg
            """)

    @Option(help: "Host name or address to listen on; 0.0.0.0 for all.")
    var host = "127.0.0.1"

    @Option(help: "Port to listen on; 0 takes a free one and prints it.")
    var port = 7860

    @Option(help: "Style of requests that name none; `sakuga models list` lists them.")
    var style = Catalogue.defaultModel

    @Option(help: "Longer side of the pictures in pixels, unless a request asks for another size.")
    var size = 512

    @Option(help: "Largest size that a request may ask for.")
    var maxSize = 1024

    @Option(help: "Number of cores to use. (default: all)")
    var threads: Int?

    @OptionGroup(title: "Workers")
    var pool: PoolOptions

    @OptionGroup(title: "Queue, results and memory")
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
        guard (0...65535).contains(port) else { throw ValidationError("--port must be 0 to 65535.") }
        guard (16...4096).contains(maxSize) else { throw ValidationError("--max-size must be 16 to 4096.") }
        guard (16...maxSize).contains(size) else { throw ValidationError("--size must be 16 to --max-size (\(maxSize)).") }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 to 1024.") }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        if let launch = WorkerLaunch(environment: environment) {
            try await launched(launch).serve(as: .worker(WorkerLink(launch)))
        } else if let count = pool.workers {
            try await ServePool(command: self, count: count, environment: environment).run()
        } else {
            try await serve(as: .standalone(environment: environment))
        }
    }

    /// The command with the settings that a supervisor gives a worker.
    private func launched(_ launch: WorkerLaunch) -> ServeCommand {
        var command = self
        command.threads = launch.threads
        command.style = launch.style ?? style
        command.port = launch.port
        // Each worker has a console of its own, on consecutive ports.
        if let console = admin.admin, console.port > 0 { command.admin.admin?.port = console.port + launch.slot }
        return command
    }

    private func serve(as role: ProcessRole) async throws {
        var configuration = try configuration()
        configuration.socket = role.socket
        var telemetry = ServeTelemetry(log)
        let logger = telemetry.logger
        try ImageCodec.start()
        let memory = queueing.memoryLimit.bytes - Self.ownMemory
        let pool = ComputePool(threads: threads ?? ProcessorCount.available, workspaceBytes: memory)
        let handler = try handler(pool, logger)
        let loading = LoadingHandler(), readiness = Readiness()
        let ownMetrics = telemetry.scrape
        telemetry.observation.text = role.metrics(own: ownMetrics)
        let service = try await jobService(loading, role, slots: pool.threadCount, memory: memory, telemetry)
        let server = try HTTPServer(
            configuration: configuration, service: service, readiness: readiness, observation: telemetry.observation,
            logger: logger,
            onListening: { [host, isPlain = configuration.tls == nil] port in
                if !role.isWorker { Self.say("Sakuga listens on \(isPlain ? "http" : "https")://\(host):\(port)") }
            })
        telemetry.observe(service, server, cores: pool.threadCount, readiness: readiness)
        for style in handler.styles { telemetry.observation.metrics.modelInfo(style: style.name, digest: style.revision) }
        let console = try admin.console(
            service, telemetry.observation, keys: configuration.keys, memoryLimit: queueing.memoryLimit.bytes, logger: logger,
            onListening: { if !role.isWorker { Self.say("Sakuga's console is at \($0)") } })
        let warmUp = WarmUp(
            handler: role.monitored(handler), loading: loading, scheduler: service.scheduler, readiness: readiness, size: size,
            logger: logger, beforeReady: { try await role.prepareReady($0) })
        let reload = ReloadOnHangup(keys: configuration.keys, tls: configuration.tls, logger: logger)
        // Services stop in reverse order: the server finishes the requests in hand, then the job service releases its jobs.
        let group = ServiceGroup(
            configuration: .init(
                // The console, and what answers a supervisor, stay up until the end.
                services: role.services(service, readiness, ownMetrics: ownMetrics, logger)
                    + (console.map { [role.console($0, logger)] } ?? []) + [
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

    /// The memory in bytes that the program needs beside its jobs: itself, the default style's weights, connections. Measured: 75 to 105 MB.
    private static let ownMemory = 110_000_000

    private func jobService(
        _ handler: any JobHandler, _ role: ProcessRole, slots: Int, memory: Int, _ telemetry: ServeTelemetry
    ) async throws -> JobService {
        let process = ProcessInfo.processInfo
        var policy = ServicePolicy(workerName: "\(process.hostName)-\(process.processIdentifier)")
        policy.maximumWait = queueing.maxWait.duration
        policy.overload = queueing.overload == .queue ? .queue : .reject
        policy.workers = slots + 1
        let limits = SchedulerLimits(slots: slots, waitingJobs: 4_096, waitingBytes: 64_000_000, memoryBytes: memory)
        return JobService(
            handler: handler, scheduler: Scheduler(limits: limits), store: try await role.store(queueing),
            cache: ResultCache(limit: queueing.cache.bytes), policy: policy, metrics: telemetry.observation.metrics,
            logger: telemetry.logger)
    }

    /// Prints a line without buffering, also to a pipe.
    static func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

    private func handler(_ pool: ComputePool, _ logger: Logger) throws -> StylizeHandler {
        let stylizers = try StylizerCache(store: .ofThisProcess, pool: pool, defaultStyle: style)
        return StylizeHandler(stylizers: stylizers, defaultSize: size, logger: logger)
    }

    /// The HTTP service's configuration; loads the files that the options name.
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
