import Foundation
import HTTPService
import JobQueue
import LocalCalls
import Logging
import Serving
import ServiceLifecycle
import Supervision
import Synchronization
import Telemetry

/// What binds a worker to its pool: the socket that it shares, the figures it is asked for, and the pool's metrics.
struct WorkerLink: Sendable {
    let seat: WorkerSeat
    /// The pool's listening socket; connections are taken once the supervisor says so.
    let socket: SharedSocket
    let watch = ProgressWatch()
    let golden = GoldenBox()
    private let pool: LocalClient

    /// Takes the seat. To be called before anything else in a worker.
    init(_ seat: WorkerSeat) {
        self.seat = seat
        socket = SharedSocket(descriptor: seat.take(), isAdmitted: false)
        pool = LocalClient(path: seat.pool, limit: 64 << 20)
    }

    /// Answers the supervisor's questions.
    func desk(
        _ service: JobService, _ readiness: Readiness, ownMetrics: @escaping @Sendable () async -> String, _ logger: Logger
    )
        -> LocalServer
    {
        let desk = WorkerDesk(
            load: { load(service, readiness) }, metrics: ownMetrics,
            admit: { socket.admit(leastConnections: $0) })
        return LocalServer(path: seat.socket, logger: logger) { try await desk.answer($0) }
    }

    /// The metrics of all workers, as `/metrics` shows them whichever worker is asked; this worker's own where the supervisor does not
    /// answer.
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
        load.answers = socket.answerCount
        load.running = jobs.running
        load.waiting = jobs.waiting
        load.slots = jobs.slots
        load.predictedWait = jobs.predictedWait
        load.serviceTime = jobs.coreSecondsPerMegapixel.map { $0 * 512 * 512 / 1e6 }
        load.cpuSeconds = figures.cpuSeconds ?? 0
        load.residentBytes = figures.residentBytes ?? 0
        load.stalledSeconds = watch.stalledSeconds
        return load
    }
}

/// Where the golden picture lies once it is made.
final class GoldenBox: Sendable {
    private let box = Mutex<GoldenPicture?>(nil)

    var picture: GoldenPicture? { box.withLock { $0 } }

    func put(_ picture: GoldenPicture) { box.withLock { $0 = picture } }
}
