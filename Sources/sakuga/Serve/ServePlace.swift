import Foundation
import HTTPService
import JobQueue
import JobQueueSocket
import Logging
import Serving
import ServiceLifecycle
import Supervision

/// Whether a serving process stands alone or is one of a pool's workers, and all that this makes a difference to.
enum ServePlace: Sendable {
    /// On its own, perhaps under a service manager that has opened the socket.
    case alone(SharedSocket?, ServiceManager)
    /// A worker.
    case worker(WorkerLink)

    /// A process on its own in this environment.
    init(alone environment: [String: String]) throws {
        let process = ProcessInfo.processInfo.processIdentifier
        let handed = try SocketActivation.socket(environment: environment, process: process)
        self = .alone(
            handed.map { SharedSocket(descriptor: $0) }, ServiceManager(environment: environment, process: process))
    }

    var isWorker: Bool { if case .worker = self { true } else { false } }

    /// The listening socket that somebody else has opened; nil: the service opens its own.
    var socket: SharedSocket? {
        switch self {
        case .alone(let socket, _): socket
        case .worker(let link): link.socket
        }
    }

    /// What `/metrics` shows, of this process or of all of the pool.
    func metrics(own: @escaping @Sendable () async -> String) -> @Sendable () async -> String {
        switch self {
        case .alone: own
        case .worker(let link): link.metrics(own: own)
        }
    }

    /// Where queued jobs are kept.
    func store(_ options: QueueOptions) async throws -> any JobStore {
        if case .worker(let link) = self, let path = link.seat.store { return PooledJobStore(path: path) }
        return try await options.store()
    }

    /// The handler, watched where somebody looks.
    func watched(_ handler: StylizeHandler) -> any JobHandler {
        if case .worker(let link) = self { WatchedHandler(base: handler, watch: link.watch) } else { handler }
    }

    /// The last step before the service is ready.
    func becomeReady(_ handler: some JobHandler) async throws {
        switch self {
        case .alone(_, let manager): manager.ready("Serving.")
        case .worker(let link): link.golden.put(try await GoldenRun.picture(handler))
        }
    }

    /// What else runs, from before the service to after it.
    func services(
        _ service: JobService, _ readiness: Readiness, ownMetrics: @escaping @Sendable () async -> String, _ logger: Logger
    ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        switch self {
        case .alone(_, let manager):
            manager.isThere ? [.init(service: ManagerSigns(manager: manager), successTerminationBehavior: .ignore)] : []
        case .worker(let link): [.init(service: link.desk(service, readiness, ownMetrics: ownMetrics, logger))]
        }
    }

    /// The console as a service. A worker's has to wait until the worker before it, of the same place, has left the port.
    func console(_ console: AdminServer, _ logger: Logger) -> ServiceGroupConfiguration.ServiceConfiguration {
        switch self {
        case .alone: .init(service: console)
        case .worker:
            .init(service: PatientConsole(console: console, logger: logger), successTerminationBehavior: .ignore)
        }
    }
}

/// Tells the service manager that the process lives, and that it is ending.
private struct ManagerSigns: Service {
    let manager: ServiceManager

    func run() async throws {
        await withGracefulShutdownHandler {
            await cancelWhenGracefulShutdown {
                while !Task.isCancelled {
                    try? await Task.sleep(for: manager.watchdogInterval ?? .seconds(3_600))
                    if !Task.isCancelled, manager.watchdogInterval != nil { manager.alive() }
                }
            }
        } onGracefulShutdown: {
            manager.stopping()
        }
    }
}

/// A console that tries again until its port is free. Without one the worker serves all the same.
private struct PatientConsole: Service {
    let console: AdminServer
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await console.run()
                    return
                } catch {
                    logger.debug("the console's port is not free yet", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
