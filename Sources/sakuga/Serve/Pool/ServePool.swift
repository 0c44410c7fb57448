import AnimeGAN
import ArgumentParser
import BlockingThreads
import Foundation
import JobQueue
import LocalCalls
import Logging
import OptionValues
import Serving
import ServiceLifecycle
import StylizeService
import Supervision
import UnixSignals

/// `sakuga serve --workers`: supervises workers, each of them a process of this same program.
struct ServePool {
    let command: ServeCommand
    let count: WorkerCount
    let environment: [String: String]

    func run() async throws {
        // Reports invalid settings once, here, instead of in each worker.
        _ = try command.configuration()
        let telemetry = ServeTelemetry(command.log), logger = telemetry.logger
        defer { telemetry.finish() }
        let process = ProcessInfo.processInfo.processIdentifier
        let manager = ServiceManager(environment: environment, process: process)
        let socket = try listeningSocket(process)
        let parents = RuntimeFolder.standardParents(environment: environment)
        let control = try controlPath(parents, port: socket.port)
        let pidFile = try command.pool.pidFile.map { try PIDFile(path: $0) }
        defer { pidFile?.remove() }
        let folder = try RuntimeFolder(below: parents)
        defer { folder.remove() }
        let store = try await PoolStore(command.queueing, folder: folder.path)
        warnIfOversubscribed(logger)
        let plan = plan(socket, folder: folder.path, control: control, store: store?.path)
        let supervisor = PoolSupervisor(plan: plan, manager: manager, logger: logger) {
            ServeCommand.say("Sakuga listens on \(plan.address) with \(count) workers")
        }
        try await runServices(supervisor, plan, store, logger)
        await store?.store.close()
    }

    private func runServices(_ supervisor: PoolSupervisor, _ plan: PoolPlan, _ store: PoolStore?, _ logger: Logger) async throws {
        let pool = LocalServer(path: "\(plan.folder)/pool", logger: logger) { _ in Array(await supervisor.metrics().utf8) }
        let control = LocalServer(path: plan.control, logger: logger) { try await PoolControl.answer($0, supervisor) }
        let stores = store.map { [ServiceGroupConfiguration.ServiceConfiguration(service: $0.server(logger))] } ?? []
        // Services stop in reverse order: first the workers, which need the others to their end.
        let group = ServiceGroup(
            configuration: .init(
                services: stores + [
                    .init(service: pool), .init(service: control),
                    .init(service: PoolSignals(supervisor: supervisor), successTerminationBehavior: .ignore),
                    .init(service: supervisor, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }

    private func plan(_ socket: ListeningSocket, folder: String, control: String, store: String?) -> PoolPlan {
        let cores = command.threads ?? ProcessorCount.available
        let settings = command.pool.settings(count, cores: cores, maximumWait: command.queueing.maxWait.seconds)
        let host = ListeningAddress.urlHost(command.host)
        let scheme = command.security.tlsCert == nil ? "http" : "https"
        return PoolPlan(
            settings: settings, generation: Generation(number: 1, binary: Self.program),
            arguments: Array(CommandLine.arguments.dropFirst()), socket: socket, address: "\(scheme)://\(host):\(socket.port)",
            folder: folder, store: store, goldens: GoldenRun.released(.ofThisProcess), control: control)
    }

    /// The path of this program. Linux appends a suffix when the file has been replaced.
    private static var program: String {
        let path = Bundle.main.executablePath ?? CommandLine.arguments[0], suffix = " (deleted)"
        return path.hasSuffix(suffix) ? String(path.dropLast(suffix.count)) : path
    }

    private func listeningSocket(_ process: Int32) throws -> ListeningSocket {
        if let descriptor = try SocketActivation.socket(environment: environment, process: process) {
            return ListeningSocket(descriptor: descriptor)
        }
        return try ListeningSocket(host: command.host, port: command.port)
    }

    private func controlPath(_ parents: [String], port: Int) throws -> String {
        let path =
            command.pool.control
            ?? parents.first(where: FileManager.default.isWritableFile(atPath:))
            .map { "\($0)/\(PoolControl.name(port: port))" }
        guard let path else {
            throw ValidationError("No folder for the socket of `sakuga ctl` is writable; choose a path with --control.")
        }
        try LocalPath.clear(path)
        return path
    }

    private func warnIfOversubscribed(_ logger: Logger) {
        let cores = command.threads ?? ProcessorCount.available
        if CoreShare(cores: cores, workers: count.most).isOversubscribed {
            logger.warning("there are up to \(count.most) workers for \(cores) cores; more workers than cores do not serve more")
        }
    }
}

/// Handles an operator's signals: SIGHUP reloads the workers' settings, SIGUSR2 updates to the program that lies on the disk now.
private struct PoolSignals: Service {
    let supervisor: PoolSupervisor

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await signal in await UnixSignalsSequence(trapping: .sighup, .sigusr2) {
                if signal == .sighup { await supervisor.reload() } else { await supervisor.updateProgram() }
            }
        }
    }
}
