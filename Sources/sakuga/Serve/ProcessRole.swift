import Foundation
import HTTPService
import JobQueue
import JobQueueSocket
import Logging
import Serving
import ServiceLifecycle
import StylizeService
import Supervision

/// Whether a serving process stands alone or is a worker of a pool, and everything that depends on it.
enum ProcessRole: Sendable {
    /// A process without a supervisor, perhaps with a socket that its service manager has opened.
    case standalone(SharedSocket?, ServiceManager)
    /// A worker of a pool.
    case worker(WorkerLink)

    /// A process without a supervisor in this environment.
    static func standalone(environment: [String: String]) throws -> ProcessRole {
        let process = ProcessInfo.processInfo.processIdentifier
        let socket = try SocketActivation.socket(environment: environment, process: process)
        return .standalone(
            socket.map { SharedSocket(descriptor: $0) }, ServiceManager(environment: environment, process: process))
    }

    var isWorker: Bool { if case .worker = self { true } else { false } }

    /// A listening socket that another process has opened; nil when the service opens its own.
    var socket: SharedSocket? {
        switch self {
        case .standalone(let socket, _): socket
        case .worker(let link): link.socket
        }
    }

    /// The content of `/metrics`: of this process, or of the whole pool.
    func metrics(own: @escaping @Sendable () async -> String) -> @Sendable () async -> String {
        switch self {
        case .standalone: own
        case .worker(let link): link.metrics(own: own)
        }
    }

    /// The store of the queued jobs.
    func store(_ options: QueueOptions) async throws -> any JobStore {
        if case .worker(let link) = self, let path = link.launch.store { return PooledJobStore(path: path) }
        return try await options.store()
    }

    /// The handler; a supervisor monitors the progress of its workers' jobs.
    func monitored(_ handler: StylizeHandler) -> any JobHandler {
        if case .worker(let link) = self { link.monitor.monitoring(handler) } else { handler }
    }

    /// The last step before the service is ready.
    func prepareReady(_ handler: any JobHandler) async throws {
        switch self {
        case .standalone(_, let manager): manager.ready("Serving.")
        case .worker(let link): link.golden.set(try await GoldenRun.picture(handler))
        }
    }

    /// The services of this role. They start before the job service and stop after it.
    func services(
        _ service: JobService, _ readiness: Readiness, ownMetrics: @escaping @Sendable () async -> String, _ logger: Logger
    ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        switch self {
        case .standalone(_, let manager):
            manager.isPresent ? [.init(service: ManagerNotifications(manager: manager), successTerminationBehavior: .ignore)] : []
        case .worker(let link): [.init(service: link.server(service, readiness, ownMetrics: ownMetrics, logger))]
        }
    }

    /// The console as a service. A worker's console waits until its predecessor in the same slot has released the port.
    func console(_ console: AdminServer, _ logger: Logger) -> ServiceGroupConfiguration.ServiceConfiguration {
        switch self {
        case .standalone: .init(service: console)
        case .worker:
            .init(service: RetryingConsole(console: console, logger: logger), successTerminationBehavior: .ignore)
        }
    }
}

/// Resets the service manager's watchdog, and tells it when the process shuts down.
private struct ManagerNotifications: Service {
    let manager: ServiceManager

    func run() async throws {
        await withGracefulShutdownHandler {
            await cancelWhenGracefulShutdown {
                while !Task.isCancelled {
                    try? await Task.sleep(for: manager.watchdogInterval ?? .seconds(3_600))
                    if !Task.isCancelled, manager.watchdogInterval != nil { manager.keepAlive() }
                }
            }
        } onGracefulShutdown: {
            manager.stopping()
        }
    }
}

/// A console that retries until its port is free. The worker serves without it, too.
private struct RetryingConsole: Service {
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
