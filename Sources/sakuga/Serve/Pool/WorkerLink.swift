import Foundation
import GoldenPictures
import HTTPService
import JobQueue
import LocalCalls
import Logging
import Serving
import ServiceLifecycle
import StylizeService
import Supervision
import Synchronization
import Telemetry

/// A worker's link to its pool: the shared listening socket, the answers to its supervisor, and the pool's metrics.
struct WorkerLink: Sendable {
    let launch: WorkerLaunch
    /// The pool's listening socket. The worker accepts connections once the supervisor has admitted it.
    let socket: SharedSocket
    let monitor = ProgressMonitor()
    let golden = GoldenResult()
    private let pool: LocalClient

    /// Takes over the listening socket. Call it before anything else in a worker.
    init(_ launch: WorkerLaunch) {
        self.launch = launch
        socket = SharedSocket(descriptor: launch.takeOver(), isAccepting: false)
        pool = LocalClient(path: launch.pool, limit: 64 << 20)
    }

    /// The server that answers the supervisor.
    func server(
        _ service: JobService, _ readiness: Readiness, ownMetrics: @escaping @Sendable () async -> String, _ logger: Logger
    ) -> LocalServer {
        let responder = WorkerResponder(
            load: { load(service, readiness) }, metrics: ownMetrics,
            admit: { socket.startAccepting(leastConnections: $0) })
        return LocalServer(path: launch.socket, logger: logger) { try await responder.answer($0) }
    }

    /// Returns the metrics of the whole pool, whichever worker is asked; this worker's own when the supervisor does not answer.
    func metrics(own: @escaping @Sendable () async -> String) -> @Sendable () async -> String {
        { [pool] in
            guard let bytes = try? await pool.call([], within: .seconds(5)) else { return await own() }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private func load(_ service: JobService, _ readiness: Readiness) -> WorkerLoad {
        let figures = ProcessMetrics.now(), jobs = service.scheduler.load
        var load = WorkerLoad()
        load.golden = golden.picture
        load.isReady = readiness.current == .ready && load.golden != nil
        load.connections = socket.connectionCount
        load.answers = socket.responseCount
        load.running = jobs.running
        load.waiting = jobs.waiting
        load.slots = jobs.slots
        load.predictedWait = jobs.predictedWait
        load.serviceTime = jobs.coreSecondsPerMegapixel.map { $0 * 512 * 512 / 1e6 }
        load.cpuSeconds = figures.cpuSeconds ?? 0
        load.residentBytes = figures.residentBytes ?? 0
        load.stalledSeconds = monitor.stalledSeconds
        return load
    }
}

/// The golden picture, once it is made.
final class GoldenResult: Sendable {
    private let value = Mutex<GoldenPicture?>(nil)

    var picture: GoldenPicture? { value.withLock { $0 } }

    func set(_ picture: GoldenPicture) { value.withLock { $0 = picture } }
}
