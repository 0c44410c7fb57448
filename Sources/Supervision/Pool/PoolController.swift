/// Every decision of a worker pool: who is started, admitted, replaced, drained and killed, and when.
///
/// A value without processes, sockets or clocks: what happened goes in with the time, what is to be done comes out. Times are seconds on
/// any clock that only moves forward.
package struct PoolController: Sendable {
    /// How workers are treated; the number of workers can be changed.
    package internal(set) var settings: PoolSettings
    /// All workers that have not ended, by their ids.
    package internal(set) var workers: [Int: WorkerRecord] = [:]
    /// Workers that there should be now.
    package internal(set) var target: Int
    /// What workers are started from, once no roll is under way.
    package internal(set) var current: Generation
    /// What they were started from before the last update; nil before the first.
    package internal(set) var previous: Generation?
    /// How the last update goes or went.
    package internal(set) var outcome = RollOutcome.none
    /// Workers that died or were killed for silence since the pool began.
    package internal(set) var deaths = 0
    /// Whether the pool is ending.
    package internal(set) var isStopping = false

    var roll: Roll?
    var replacement: Replacement?
    var isReloadWanted = false
    var replacementsWanted: Set<Int> = []
    var generations: [Int: Generation] = [:]
    var backoffs: [Int: RestartBackoff] = [:]
    var goldens: [String: GoldenPicture]
    var scaling: ScalingPolicy
    var lastLook: Double?
    var hasServed = false
    var failedStarts = 0
    var failure: String?
    var newestGeneration: Int
    var chance: ChanceSequence
    private var lastID = 0

    /// A pool without workers; the first `tick` starts them. `goldens`: golden pictures that are known from elsewhere.
    package init(settings: PoolSettings, generation: Generation, goldens: [GoldenPicture] = [], seed: UInt64) {
        self.settings = settings
        target = settings.count.least
        current = generation
        newestGeneration = generation.number
        self.goldens = Dictionary(goldens.map { ($0.revision, $0) }, uniquingKeysWith: { first, _ in first })
        scaling = ScalingPolicy(settings.scaling)
        chance = ChanceSequence(seed: seed)
    }

    /// Time has passed. To be called several times a second.
    package mutating func tick(at now: Double) -> [PoolAction] {
        var actions = killTheLate(at: now)
        if isStopping { return actions + endIfEmpty() }
        actions += lookAtLoad(at: now)
        actions += sendSurplusHome(at: now)
        actions += fillPlaces(at: now)
        return actions + replaceNext(at: now)
    }

    /// The worker's process has begun.
    package mutating func began(_ id: Int, process: Int32) { workers[id]?.process = process }

    /// The worker has answered.
    package mutating func heard(_ id: Int, _ load: WorkerLoad, at now: Double) -> [PoolAction] {
        guard var worker = workers[id] else { return [] }
        worker.load = load
        worker.heard = now
        workers[id] = worker
        if worker.phase == .serving, load.stalledSeconds > settings.stallLimit {
            return kill(id, "its jobs have made no progress for \(Int(load.stalledSeconds)) s", at: now)
        }
        guard worker.phase == .starting, load.isReady, !isStopping else { return [] }
        return examine(id, load, at: now)
    }

    /// The worker's process has ended. `how` is a clause (`it was killed by signal 9`); `isOwnDoing` whether it ended by itself with a
    /// failure, as a program does that can't use its settings.
    package mutating func ended(_ id: Int, _ how: String, isOwnDoing: Bool, at now: Double) -> [PoolAction] {
        guard let worker = workers.removeValue(forKey: id) else { return [] }
        var actions: [PoolAction] = []
        if replacement?.new == id || replacement?.old == id { replacement = nil }
        if case .draining = worker.phase {
            actions.append(.note(PoolNote(weight: .info, text: "Worker \(worker.name) has ended.")))
            return actions + (isStopping ? endIfEmpty() : tick(at: now))
        }
        if isStopping { return endIfEmpty() }
        deaths += 1
        let served = worker.servingSince.map { now - $0 } ?? 0
        backoffs[worker.order.slot, default: RestartBackoff()].died(at: now, served: served, chance: chance.next())
        if worker.phase != .killed {
            actions.append(.note(PoolNote(weight: .error, text: "Worker \(worker.name) has died: \(how).")))
        }
        if let roll, worker.order.generation == roll.to { actions += fail(roll, "worker \(worker.name) has died: \(how)") }
        if !hasServed { actions += countFailedStart(how, isOwnDoing: isOwnDoing, at: now) }
        return actions + (isStopping ? endIfEmpty() : tick(at: now))
    }

    /// A new worker says that it is ready: is it?
    private mutating func examine(_ id: Int, _ load: WorkerLoad, at now: Double) -> [PoolAction] {
        guard let worker = workers[id] else { return [] }
        let golden = load.golden
        if let fault = golden.map({ $0.fault(known: goldens[$0.revision]) }) ?? "the golden picture is missing." {
            return kill(id, fault, at: now)
        }
        if let golden { goldens[golden.revision] = golden }
        workers[id]?.enter(.serving, at: now)
        generations[worker.order.slot] = worker.order.generation
        hasServed = true
        let seconds = ((now - worker.since) * 100).rounded() / 100
        var actions: [PoolAction] = [
            .admit(id), .note(PoolNote(weight: .info, text: "Worker \(worker.name) is ready after \(seconds) s.")),
        ]
        if let replacement, replacement.new == id { actions += drain(replacement.old, replacement.reason, at: now) }
        return actions
    }

    mutating func start(slot: Int, _ generation: Generation, at now: Double) -> WorkerOrder {
        lastID += 1
        let order = WorkerOrder(id: lastID, slot: slot, generation: generation, threads: settings.cores.threads(slot: slot))
        workers[order.id] = WorkerRecord(order: order, requests: settings.recycling.requests(chance: chance.next()), now: now)
        return order
    }

    mutating func drain(_ id: Int, _ reason: String, at now: Double) -> [PoolAction] {
        guard let worker = workers[id], worker.isCurrent else { return [] }
        workers[id]?.enter(.draining(reason), at: now)
        return [.drain(id), .note(PoolNote(weight: .info, text: "Worker \(worker.name) finishes what it has: \(reason)."))]
    }

    mutating func kill(_ id: Int, _ reason: String, at now: Double) -> [PoolAction] {
        guard let worker = workers[id], worker.phase != .killed else { return [] }
        workers[id]?.enter(.killed, at: now)
        var actions: [PoolAction] = [
            .kill(id), .note(PoolNote(weight: .error, text: "Worker \(worker.name) is killed: \(reason)")),
        ]
        if let roll, worker.order.generation == roll.to, worker.isCurrent {
            actions += fail(roll, "worker \(worker.name) was killed: \(reason)")
        }
        return actions
    }

    private mutating func countFailedStart(_ how: String, isOwnDoing: Bool, at now: Double) -> [PoolAction] {
        failedStarts += 1
        guard isOwnDoing || failedStarts >= 3 else { return [] }
        failure = "No worker has become ready: \(how). What it said about the reason stands above."
        return stop(at: now)
    }

    func endIfEmpty() -> [PoolAction] { workers.isEmpty ? [.end(failure: failure)] : [] }
}

extension WorkerRecord {
    /// How notes call it: `2 (process 4711, generation 1)`.
    package var name: String {
        let process = process.map { "process \($0), " } ?? ""
        return "\(order.slot) (\(process)generation \(order.generation.number))"
    }
}

/// Numbers from 0 to 1 that look random and are the same for the same seed (SplitMix64).
struct ChanceSequence: Sendable {
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
