package import GoldenPictures

/// Decides which workers of a pool are started, admitted, replaced, drained and killed, and when.
///
/// A value without processes, sockets or clocks: events go in with their time, actions come out. Times are seconds of any clock that only
/// moves forward.
package struct PoolController: Sendable {
    /// How workers are treated. `scale(to:at:)` changes the number of workers.
    package internal(set) var settings: PoolSettings
    /// All workers whose processes have not ended, by id.
    package internal(set) var workers: [Int: WorkerRecord] = [:]
    /// The number of workers that there should be now.
    package internal(set) var target: Int
    /// What workers are started from when no rolling update is under way.
    package internal(set) var current: Generation
    /// What they were started from before the last update; nil before the first.
    package internal(set) var previous: Generation?
    /// How the last update goes or went.
    package internal(set) var outcome = UpdateOutcome.none
    /// Workers that died, or were killed because they hung, since the pool started.
    package internal(set) var deaths = 0
    /// Whether the pool is shutting down.
    package internal(set) var isStopping = false

    var update: RollingUpdate?
    var replacement: Replacement?
    var isReloadRequested = false
    var requestedReplacements: Set<Int> = []
    /// The generation that served last in a slot, where it is not `current`.
    var generations: [Int: Generation] = [:]
    var backoffs: [Int: RestartBackoff] = [:]
    /// Pictures that later workers are compared with, by revision.
    var goldens: [String: GoldenPicture]
    var scaling: ScalingPolicy
    var lastEvaluation: Double?
    var newestGeneration: Int
    private var hasServed = false
    private var failedStarts = 0
    private var failure: String?
    private var jitter: JitterSequence
    private var lastID = 0

    /// A pool without workers; the first `tick` starts them.
    /// - Parameters:
    ///   - goldens: pictures to compare workers with from the beginning.
    ///   - seed: of the jitter in restarts and recycling.
    package init(settings: PoolSettings, generation: Generation, goldens: [GoldenPicture] = [], seed: UInt64) {
        self.settings = settings
        target = settings.count.least
        current = generation
        newestGeneration = generation.number
        self.goldens = Dictionary(goldens.map { ($0.revision, $0) }, uniquingKeysWith: { first, _ in first })
        scaling = ScalingPolicy(settings.scaling)
        jitter = JitterSequence(seed: seed)
    }

    /// Makes all decisions that time alone brings. Call it several times a second.
    package mutating func tick(at now: Double) -> [PoolAction] {
        var actions = killOverdue(at: now)
        if isStopping { return actions + endIfEmpty() }
        actions += evaluateLoad(at: now)
        actions += drainSurplus(at: now)
        actions += startMissing(at: now)
        return actions + replaceNext(at: now)
    }

    /// Drains all workers. `end` follows when the last one is gone.
    package mutating func stop(at now: Double) -> [PoolAction] {
        if isStopping { return [] }
        isStopping = true
        update = nil
        replacement = nil
        var actions: [PoolAction] = []
        for (id, worker) in workers.sorted(by: { $0.key < $1.key }) where worker.isCurrent {
            actions += drain(id, "the pool is shutting down", at: now)
        }
        return actions + endIfEmpty()
    }

    // MARK: Events

    /// A worker's process has started.
    package mutating func started(_ id: Int, process: Int32) { workers[id]?.process = process }

    /// A worker has reported its load.
    package mutating func reported(_ id: Int, _ load: WorkerLoad, at now: Double) -> [PoolAction] {
        guard var worker = workers[id] else { return [] }
        worker.load = load
        worker.lastReport = now
        workers[id] = worker
        if worker.phase == .serving, load.stalledSeconds > settings.stallTimeout {
            return kill(id, "its jobs have made no progress for \(Int(load.stalledSeconds)) s.", at: now)
        }
        guard worker.phase == .starting, load.isReady, !isStopping else { return [] }
        return verify(worker, load, at: now)
    }

    /// A worker's process has ended.
    /// - Parameters:
    ///   - reason: a clause, such as `it was killed by signal 9`.
    ///   - isFailure: whether the program itself exited with a failure, as one does that can't use its settings.
    package mutating func ended(_ id: Int, _ reason: String, isFailure: Bool, at now: Double) -> [PoolAction] {
        guard let worker = workers.removeValue(forKey: id) else { return [] }
        if replacement?.new == id || replacement?.old == id { replacement = nil }
        if case .draining = worker.phase {
            return [.log(.info, "Worker \(worker.name) has ended.")] + (isStopping ? endIfEmpty() : tick(at: now))
        }
        if isStopping { return endIfEmpty() }
        deaths += 1
        let served = worker.servingSince.map { now - $0 } ?? 0
        backoffs[worker.slot, default: RestartBackoff()].died(at: now, served: served, chance: jitter.next())
        var actions: [PoolAction] = []
        if worker.phase != .killed { actions.append(.log(.error, "Worker \(worker.name) has died: \(reason).")) }
        if let update, worker.generation == update.to { actions += fail(update, "worker \(worker.name) has died: \(reason).") }
        if !hasServed { actions += countFailedStart(reason, isFailure: isFailure, at: now) }
        return actions + (isStopping ? endIfEmpty() : tick(at: now))
    }

    /// Admits a worker that says it is ready, if its golden picture is right.
    private mutating func verify(_ worker: WorkerRecord, _ load: WorkerLoad, at now: Double) -> [PoolAction] {
        let id = worker.specification.id
        guard let golden = load.golden else { return kill(id, GoldenPicture.missing, at: now) }
        if let fault = golden.fault(comparedWith: goldens[golden.revision]) { return kill(id, fault, at: now) }
        goldens[golden.revision] = golden
        workers[id]?.enter(.serving, at: now)
        generations[worker.slot] = worker.generation
        hasServed = true
        let seconds = ((now - worker.since) * 100).rounded() / 100
        var actions: [PoolAction] = [.admit(id), .log(.info, "Worker \(worker.name) is ready after \(seconds) s.")]
        if let replacement, replacement.new == id { actions += drain(replacement.old, replacement.reason, at: now) }
        return actions
    }

    /// A pool whose first workers all fail has settings that no worker can use; it gives up.
    private mutating func countFailedStart(_ reason: String, isFailure: Bool, at now: Double) -> [PoolAction] {
        failedStarts += 1
        guard isFailure || failedStarts >= 3 else { return [] }
        failure = "No worker has become ready: \(reason). The worker's own message is above."
        return stop(at: now)
    }

    // MARK: One worker

    mutating func start(slot: Int, _ generation: Generation, at now: Double) -> WorkerSpecification {
        lastID += 1
        let worker = WorkerSpecification(
            id: lastID, slot: slot, generation: generation, threads: settings.cores.threads(slot: slot))
        let requestLimit = settings.recycling.requestLimit(jitter: jitter.next())
        workers[worker.id] = WorkerRecord(worker, requestLimit: requestLimit, now: now)
        return worker
    }

    mutating func drain(_ id: Int, _ reason: String, at now: Double) -> [PoolAction] {
        guard let worker = workers[id], worker.isCurrent else { return [] }
        workers[id]?.enter(.draining(reason), at: now)
        return [.drain(id), .log(.info, "Worker \(worker.name) is draining: \(reason).")]
    }

    /// - Parameter reason: a clause with its full stop.
    mutating func kill(_ id: Int, _ reason: String, at now: Double) -> [PoolAction] {
        guard let worker = workers[id], worker.phase != .killed else { return [] }
        workers[id]?.enter(.killed, at: now)
        var actions: [PoolAction] = [.kill(id), .log(.error, "Worker \(worker.name) is killed: \(reason)")]
        if let update, worker.generation == update.to, worker.isCurrent {
            actions += fail(update, "worker \(worker.name) was killed: \(reason)")
        }
        return actions
    }

    func endIfEmpty() -> [PoolAction] { workers.isEmpty ? [.end(failure: failure)] : [] }
}

/// Why a pool does not execute an operator's command; a sentence.
package struct PoolCommandError: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}

/// Numbers from 0 to 1 that are the same for the same seed (SplitMix64).
private struct JitterSequence: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
    }
}
