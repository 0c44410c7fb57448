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

/// Runs a worker pool: starts processes, asks them for their load, and performs what ``PoolController`` decides.
///
/// As a `Service` it returns when a graceful shutdown has let every worker finish, and throws ``PoolFailure`` when no worker can be started.
/// When cancelled it kills the workers that are left.
package actor PoolSupervisor: Service {
    private let plan: PoolPlan
    private let logger: Logger
    private let manager: ServiceManager
    private let onReady: @Sendable () -> Void
    private var controller: PoolController
    private var clients: [Int: LocalClient] = [:]
    private var admitted: Set<Int> = []
    /// Signals for workers whose processes have not started yet.
    private var pendingSignals: [Int: CInt] = [:]
    private var result: Result<Void, PoolFailure>?
    private var hasBeenReady = false
    private let starts: AsyncStream<WorkerSpecification>
    private let startsContinuation: AsyncStream<WorkerSpecification>.Continuation
    private var lastReading = ContinuousClock.now
    private var time = 0.0

    private static let tickInterval = Duration.milliseconds(100)
    /// How often a serving worker is asked for its load.
    private static let reportInterval = Duration.milliseconds(250)
    /// How often a starting worker is asked: the pool's first request waits for it.
    private static let startReportInterval = Duration.milliseconds(10)
    private static let reportTimeout = Duration.seconds(5)
    private static let metricsTimeout = Duration.seconds(2)
    /// The longest step of the pool's time, in seconds.
    private static let longestStep = 0.5

    /// A supervisor without workers.
    /// - Parameter onReady: called once, when the first worker serves.
    package init(plan: PoolPlan, manager: ServiceManager, logger: Logger, onReady: @escaping @Sendable () -> Void = {}) {
        self.plan = plan
        self.manager = manager
        self.logger = logger
        self.onReady = onReady
        controller = PoolController(
            settings: plan.settings, generation: plan.generation, goldens: plan.goldens, seed: .random(in: .min ... .max))
        (starts, startsContinuation) = AsyncStream.makeStream()
    }

    /// Runs the pool until it ends.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.tick() }
                for await worker in starts { group.addTask { await self.supervise(worker) } }
                // The pool has ended, or this task is cancelled: the cancellation kills the processes that are left.
                group.cancelAll()
            }
        } onGracefulShutdown: {
            Task { await self.stop() }
        }
        try result?.get()
    }

    /// The pool's time in seconds. A step is half a second at most, and there are many a second: after the machine was suspended or this
    /// process stopped, no worker must seem to have been silent all that time.
    private var now: Double {
        let reading = ContinuousClock.now
        time += min(Self.longestStep, lastReading.duration(to: reading) / .seconds(1))
        lastReading = reading
        return time
    }

    private func tick() async {
        var lastKeepAlive = ContinuousClock.now
        while !Task.isCancelled {
            perform(controller.tick(at: now))
            if let interval = manager.watchdogInterval, lastKeepAlive.duration(to: .now) >= interval {
                manager.keepAlive()
                lastKeepAlive = .now
            }
            try? await Task.sleep(for: Self.tickInterval)
        }
        startsContinuation.finish()
    }

    private func stop() {
        manager.stopping()
        perform(controller.stop(at: now))
    }

    // MARK: Actions

    private func perform(_ actions: [PoolAction]) {
        for action in actions {
            switch action {
            case .start(let worker): startsContinuation.yield(worker)
            case .admit(let id): admit(id)
            case .drain(let id): send(SIGTERM, to: id)
            case .kill(let id): send(SIGKILL, to: id)
            case .log(let message): log(message)
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

    private func send(_ signal: CInt, to id: Int) {
        guard let process = controller.workers[id]?.process else {
            pendingSignals[id] = signal
            return
        }
        _ = kill(process, signal)
        // A stopped process acts on SIGTERM only when it continues.
        if signal == SIGTERM { _ = kill(process, SIGCONT) }
    }

    private func log(_ message: PoolLogMessage) {
        switch message.level {
        case .info: logger.info("\(message.text)")
        case .warning: logger.warning("\(message.text)")
        case .error: logger.error("\(message.text)")
        }
    }

    private func end(_ failure: String?) {
        guard result == nil else { return }
        result = failure.map { .failure(PoolFailure(description: $0)) } ?? .success(())
        startsContinuation.finish()
    }

    // MARK: One worker

    /// Runs a worker's process to its end, and asks it for its load meanwhile.
    private func supervise(_ worker: WorkerSpecification) async {
        let launch = WorkerLaunch(worker, plan)
        let process = WorkerProcess(
            binary: worker.generation.binary, arguments: plan.arguments, launch: launch, socket: plan.socket.descriptor)
        let client = LocalClient(path: launch.socket, limit: 8 << 20)
        clients[worker.id] = client
        let polling = Task { await poll(worker.id, client) }
        let ending = await process.run { await self.started(worker.id, process: $0) }
        polling.cancel()
        client.close()
        clients[worker.id] = nil
        admitted.remove(worker.id)
        pendingSignals[worker.id] = nil
        unlink(launch.socket)
        perform(controller.ended(worker.id, ending.reason, isFailure: ending.isFailure, at: now))
    }

    private func started(_ id: Int, process: Int32) {
        controller.started(id, process: process)
        if let signal = pendingSignals.removeValue(forKey: id) { send(signal, to: id) }
    }

    /// Asks a worker for its load until it has ended.
    private func poll(_ id: Int, _ client: LocalClient) async {
        while !Task.isCancelled {
            let isAdmitted = admitted.contains(id)
            let request = WorkerRequest.load(isAdmitted: isAdmitted, leastConnections: leastConnections)
            if let bytes = try? await client.call(request.bytes, within: Self.reportTimeout), !Task.isCancelled,
                let load = try? JSONDecoder().decode(WorkerLoad.self, from: Data(bytes))
            {
                perform(controller.reported(id, load, at: now))
            }
            // A worker that has just been admitted is told at once.
            if admitted.contains(id) != isAdmitted { continue }
            try? await Task.sleep(for: isAdmitted ? Self.reportInterval : Self.startReportInterval)
        }
    }

    private var leastConnections: Int {
        controller.workers.values.filter { $0.phase == .serving }.map(\.load.connections).min() ?? 0
    }

    // MARK: Commands

    /// Replaces every worker by one that reads its settings again.
    package func reload() {
        manager.reloading()
        perform(controller.reload(at: now))
        manager.ready("Serving at \(plan.address)")
    }

    /// Updates to the program that lies on the disk now.
    package func updateProgram() {
        do throws(PoolCommandError) {
            perform(try controller.update(binary: nil, style: nil, at: now))
        } catch {
            logger.error("\(error)")
        }
    }

    /// The pool at this moment.
    package var status: PoolStatus { controller.status(supervisor: getpid(), address: plan.address, at: now) }

    /// Executes an operator's command and returns the status after it.
    package func execute(_ command: PoolCommand) throws(PoolCommandError) -> PoolStatus {
        switch command {
        case .status: break
        case .stop: stop()
        case .replace(let slot): perform(try controller.replace(slot: slot, at: now))
        case .scale(let text):
            guard let count = WorkerCount(text) else {
                throw PoolCommandError("'\(text)' is no number of workers; give one such as 4, or a range such as 2..8.")
            }
            perform(try controller.scale(to: count, at: now))
        case .update(let binary, let style): perform(try controller.update(binary: binary, style: style, at: now))
        case .rollBack: perform(try controller.rollBack(at: now))
        case .reload: perform(controller.reload(at: now))
        }
        return status
    }

    /// The metrics of the pool and of all its workers, each sample of a worker with the label `worker`.
    package func metrics() async -> String {
        let serving = controller.workers.values.filter { $0.phase == .serving }
        let asked = serving.compactMap { worker in clients[worker.specification.id].map { (worker.slot, $0) } }
        let texts = await withTaskGroup { group in
            for (slot, client) in asked {
                group.addTask { () -> (slot: Int, text: String)? in
                    guard let bytes = try? await client.call(WorkerRequest.metrics.bytes, within: Self.metricsTimeout) else {
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

/// Why a pool could not go on; a sentence.
package struct PoolFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String
}
