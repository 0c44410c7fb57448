import AnimeGAN
import ArgumentParser
import BlockingThreads
import Foundation
import JobQueue
import LocalCalls
import Logging
import Serving
import ServiceLifecycle
import Supervision
import UnixSignals

/// `sakuga serve --workers`: this process starts workers, each of them this same program, and watches them.
struct ServePool {
    let command: ServeCommand
    let count: WorkerCount
    let environment: [String: String]

    func run() async throws {
        // What is wrong with the settings is better said once, here, than by each worker.
        _ = try command.configuration()
        let telemetry = ServeTelemetry(command.log), logger = telemetry.logger
        defer { telemetry.finish() }
        let process = ProcessInfo.processInfo.processIdentifier
        let manager = ServiceManager(environment: environment, process: process)
        let socket = try listeningSocket(process)
        let parents = RuntimeFolder.standardParents(environment: environment)
        let control = try controlPath(parents, port: socket.port)
        let processFile = try command.pool.pidFile.map { try ProcessFile(path: $0) }
        defer { processFile?.remove() }
        let folder = try RuntimeFolder(below: parents)
        defer { folder.remove() }
        let store = try await PoolStore(command.queueing, folder: folder.path)
        warn(logger)
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
        // Stopped in reverse order: the workers first, which need the others to their end.
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
        let host = command.host.contains(":") ? "[\(command.host)]" : command.host
        let scheme = command.security.tlsCert == nil ? "http" : "https"
        return PoolPlan(
            settings: settings, generation: Generation(number: 1, binary: Self.program),
            arguments: Array(CommandLine.arguments.dropFirst()), socket: socket, address: "\(scheme)://\(host):\(socket.port)",
            folder: folder, store: store, goldens: GoldenRun.released(.ofThisProcess), control: control)
    }

    /// Where this program lies. Where another has been put in its place already, Linux says so behind the path.
    private static var program: String {
        let path = Bundle.main.executablePath ?? CommandLine.arguments[0], gone = " (deleted)"
        return path.hasSuffix(gone) ? String(path.dropLast(gone.count)) : path
    }

    private func listeningSocket(_ process: Int32) throws -> ListeningSocket {
        if let handed = try SocketActivation.socket(environment: environment, process: process) {
            return ListeningSocket(descriptor: handed)
        }
        return try ListeningSocket(host: command.host, port: command.port)
    }

    private func controlPath(_ parents: [String], port: Int) throws -> String {
        let path =
            command.pool.control
            ?? parents.first(where: FileManager.default.isWritableFile(atPath:))
            .map { "\($0)/\(PoolControl.name(port: port))" }
        guard let path else {
            throw ValidationError("no folder for the socket of `sakuga ctl` can be written; name a path with --control.")
        }
        try LocalPath.clear(path)
        return path
    }

    private func warn(_ logger: Logger) {
        let cores = command.threads ?? ProcessorCount.available
        if CoreShare(cores: cores, workers: count.most).isOversubscribed {
            logger.warning("there are up to \(count.most) workers for \(cores) cores: they take turns, which gains nothing")
        }
    }
}

/// The signals of an operator: HUP has every worker read its settings anew, USR2 rolls to the program as it lies on the disk now.
private struct PoolSignals: Service {
    let supervisor: PoolSupervisor

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await signal in await UnixSignalsSequence(trapping: .sighup, .sigusr2) {
                if signal == .sighup { await supervisor.reload() } else { await supervisor.renew() }
            }
        }
    }
}
