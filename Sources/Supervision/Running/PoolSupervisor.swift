import Foundation
import LocalCalls
package import Logging
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs a worker pool: starts processes, asks them how they are, and does what ``PoolController`` decides.
///
/// As a `Service` it returns when a graceful shutdown has let every worker finish, and throws ``PoolFailure`` when no worker can be
/// started. Cancelled, it kills what is left.
package actor PoolSupervisor: Service {
    private let plan: PoolPlan
    private let logger: Logger
    private let manager: ServiceManager
    private let onReady: @Sendable () -> Void
    private var controller: PoolController
    private var clients: [Int: LocalClient] = [:]
    private var admitted: Set<Int> = []
    private var signalsDue: [Int: CInt] = [:]
    private var ending: Result<Void, PoolFailure>?
    private var hasBeenReady = false
    private let orders: AsyncStream<WorkerOrder>
    private let ordering: AsyncStream<WorkerOrder>.Continuation
    private var lastLook = ContinuousClock.now
    private var time = 0.0

    /// How often time passes for the pool.
    private static let pace = Duration.milliseconds(100)
    /// How often a worker is asked how it is, once it serves; and before, when a pool that begins waits for it.
    private static let askEvery = Duration.milliseconds(250)
    private static let askNewEvery = Duration.milliseconds(10)
    private static let answerWithin = Duration.seconds(5)

    /// A supervisor that has started nobody yet. `onReady` is called once, when the first worker serves.
    package init(plan: PoolPlan, manager: ServiceManager, logger: Logger, onReady: @escaping @Sendable () -> Void = {}) {
        self.plan = plan
        self.manager = manager
        self.logger = logger
        self.onReady = onReady
        controller = PoolController(
            settings: plan.settings, generation: plan.generation, goldens: plan.goldens, seed: .random(in: .min ... .max))
        (orders, ordering) = AsyncStream.makeStream()
    }

    /// Runs the pool until it ends.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.keepTime() }
                for await order in orders { group.addTask { await self.live(order) } }
                // The pool is over, or this task is cancelled; what still runs is killed by the cancellation.
                group.cancelAll()
            }
        } onGracefulShutdown: {
            Task { await self.stop() }
        }
        try ending?.get()
    }

    /// The pool's time. It goes on by half a second at most between two looks, of which there are many a second: after the machine
    /// was suspended, or this process stopped, no worker must seem to have been silent all that time.
    private var now: Double {
        let real = ContinuousClock.now
        time += min(Self.longestStep, lastLook.duration(to: real) / .seconds(1))
        lastLook = real
        return time
    }

    private static let longestStep = 0.5

    private func keepTime() async {
        var lastSign = ContinuousClock.now
        while !Task.isCancelled {
            perform(controller.tick(at: now))
            if let interval = manager.watchdogInterval, lastSign.duration(to: .now) >= interval {
                manager.alive()
                lastSign = .now
            }
            try? await Task.sleep(for: Self.pace)
        }
        ordering.finish()
    }

    private func stop() {
        manager.stopping()
        perform(controller.stop(at: now))
    }

    private func perform(_ actions: [PoolAction]) {
        for action in actions {
            switch action {
            case .start(let order): ordering.yield(order)
            case .admit(let id): admit(id)
            case .drain(let id): send(SIGTERM, to: id)
            case .kill(let id): send(SIGKILL, to: id)
            case .note(let note): log(note)
            case .end(let failure): end(failure)
            }
        }
    }

    private func admit(_ id: Int) {
        admitted.insert(id)
        if hasBeenReady { return }
        hasBeenReady = true
        manager.ready("Serving at \(plan.address)")
        onReady()
    }

    /// A worker whose process has not begun gets its signal when it has.
    private func send(_ signal: CInt, to id: Int) {
        if let process = controller.workers[id]?.process {
            // A stopped process does not hear of its end before it goes on.
            _ = kill(process, signal)
            if signal == SIGTERM { _ = kill(process, SIGCONT) }
        } else {
            signalsDue[id] = signal
        }
    }

    private func log(_ note: PoolNote) {
        switch note.weight {
        case .info: logger.info("\(note.text)")
        case .warning: logger.warning("\(note.text)")
        case .error: logger.error("\(note.text)")
        }
    }

    private func end(_ failure: String?) {
        guard ending == nil else { return }
        ending = failure.map { .failure(PoolFailure(description: $0)) } ?? .success(())
        ordering.finish()
    }
}

// MARK: One worker

extension PoolSupervisor {
    private func live(_ order: WorkerOrder) async {
        let seat = WorkerSeat(order, port: plan.socket.port, folder: plan.folder, store: plan.store)
        let process = WorkerProcess(
            binary: order.generation.binary, arguments: plan.arguments, seat: seat, socket: plan.socket.descriptor)
        let client = LocalClient(path: seat.socket, limit: 8 << 20)
        clients[order.id] = client
        let asking = Task { await ask(order.id, client) }
        let ending = await process.run { await self.begin(order.id, process: $0) }
        asking.cancel()
        client.close()
        clients[order.id] = nil
        admitted.remove(order.id)
        signalsDue[order.id] = nil
        unlink(seat.socket)
        perform(controller.ended(order.id, ending.how, isOwnDoing: ending.isOwnDoing, at: now))
    }

    private func begin(_ id: Int, process: Int32) {
        controller.began(id, process: process)
        if let signal = signalsDue.removeValue(forKey: id) { send(signal, to: id) }
    }

    /// Asks the worker how it is until it has ended.
    private func ask(_ id: Int, _ client: LocalClient) async {
        while !Task.isCancelled {
            let isAdmitted = admitted.contains(id)
            let question = WorkerQuestion.load(isAdmitted: isAdmitted, leastConnections: leastConnections)
            if let bytes = try? await client.call(question.bytes, within: Self.answerWithin), !Task.isCancelled,
                let load = try? JSONDecoder().decode(WorkerLoad.self, from: Data(bytes))
            {
                perform(controller.heard(id, load, at: now))
            }
            // One that has just been found ready is told so at once.
            if admitted.contains(id) != isAdmitted { continue }
            try? await Task.sleep(for: isAdmitted ? Self.askEvery : Self.askNewEvery)
        }
    }

    private var leastConnections: Int {
        controller.workers.values.filter { $0.phase == .serving }.map(\.load.connections).min() ?? 0
    }
}

// MARK: What operators and workers ask

extension PoolSupervisor {
    /// Has every worker replaced by one that reads its settings anew.
    package func reload() {
        manager.reloading()
        perform(controller.reload(at: now))
        manager.ready("Serving at \(plan.address)")
    }

    /// Rolls to the program as it lies on the disk now.
    package func renew() {
        do throws(PoolRefusal) {
            perform(try controller.update(binary: nil, style: nil, at: now))
        } catch {
            logger.error("\(error)")
        }
    }

    /// The pool at this moment.
    package var status: PoolStatus { controller.status(supervisor: getpid(), address: plan.address, at: now) }

    /// Does what an operator asks and says how the pool is after it.
    package func obey(_ command: PoolCommand) throws(PoolRefusal) -> PoolStatus {
        switch command {
        case .status: break
        case .stop: stop()
        case .replace(let slot): perform(try controller.replace(slot: slot, at: now))
        case .scale(let text):
            guard let count = WorkerCount(text) else {
                throw PoolRefusal("'\(text)' is no number of workers: give one such as 4, or a range such as 2..8.")
            }
            perform(try controller.scale(to: count, at: now))
        case .update(let binary, let style): perform(try controller.update(binary: binary, style: style, at: now))
        case .rollBack: perform(try controller.rollBack(at: now))
        case .reload: perform(controller.reload(at: now))
        }
        return status
    }

    /// The metrics of the pool and of all its workers, each with a label that says whose it is.
    package func metrics() async -> String {
        let serving = controller.workers.values.filter { $0.phase == .serving }.sorted { $0.order.slot < $1.order.slot }
        let asked = serving.compactMap { worker in clients[worker.order.id].map { (worker.order.slot, $0) } }
        let texts = await withTaskGroup { group in
            for (slot, client) in asked {
                group.addTask { () -> (slot: Int, text: String)? in
                    guard let bytes = try? await client.call(WorkerQuestion.metrics.bytes, within: .seconds(2)) else {
                        return nil
                    }
                    return (slot, String(decoding: bytes, as: UTF8.self))
                }
            }
            return await group.reduce(into: [(slot: Int, text: String)]()) { if let text = $1 { $0.append(text) } }
        }
        let ordered = texts.sorted { $0.slot < $1.slot }.map { (name: "\($0.slot)", text: $0.text) }
        return PoolMetrics.text(status) + ExpositionMerge.merge(ordered)
    }
}
