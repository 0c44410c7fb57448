/// The way from one generation to the next, one slot after another.
package struct RollingUpdate: Sendable, Equatable {
    /// What the workers were started from.
    package let from: Generation
    /// What their replacements are started from.
    package let to: Generation
    /// Whether it undoes a failed update.
    package let isRollback: Bool
}

/// How the last update went.
package enum UpdateOutcome: Sendable, Equatable {
    /// There was none.
    case none
    /// It is under way.
    case underWay(RollingUpdate)
    /// Every worker is of this generation.
    case done(Generation)
    /// A new worker failed, for the reason given. Workers that were already replaced are rolled back.
    case failed(String)
}

/// A worker that takes another's slot. There is at most one at a time, so that a pool is never short of more than one worker.
struct Replacement: Sendable, Equatable {
    let slot: Int
    let old: Int
    let new: Int
    let reason: String
    /// False for recycling and for a replacement by hand.
    let isUpdate: Bool
}

extension PoolController {
    /// Seconds that a worker of a new generation must have served before the next one is replaced.
    static let minimumReadySeconds = 1.0

    // MARK: Commands

    /// Replaces all workers one by one, so that each reads its settings, model and certificate again. Waits for an update that is under
    /// way.
    package mutating func reload(at now: Double) -> [PoolAction] {
        guard !isStopping else { return [] }
        isReloadRequested = true
        return tick(at: now)
    }

    /// Begins a rolling update.
    /// - Parameters:
    ///   - binary: the new program; nil for the same.
    ///   - style: the new default style; nil for the same.
    package mutating func update(binary: String?, style: String?, at now: Double) throws(PoolCommandError) -> [PoolAction] {
        try checkCanUpdate()
        return begin(next(binary: binary ?? current.binary, style: style ?? current.style), at: now)
    }

    /// Begins a rolling update to what workers were started from before the last update.
    package mutating func rollBack(at now: Double) throws(PoolCommandError) -> [PoolAction] {
        try checkCanUpdate()
        guard let previous else { throw PoolCommandError("There is no update to roll back.") }
        return begin(next(binary: previous.binary, style: previous.style), at: now)
    }

    /// Replaces the worker in a slot by a fresh one.
    package mutating func replace(slot: Int, at now: Double) throws(PoolCommandError) -> [PoolAction] {
        if isStopping { throw .stopping }
        guard workers.values.contains(where: { $0.slot == slot && $0.phase == .serving }) else {
            throw PoolCommandError("No worker \(slot) is serving; `sakuga ctl status` lists the workers.")
        }
        requestedReplacements.insert(slot)
        return tick(at: now)
    }

    private func checkCanUpdate() throws(PoolCommandError) {
        if isStopping { throw .stopping }
        if update != nil { throw PoolCommandError("Another update is under way; `sakuga ctl status` shows its progress.") }
    }

    private mutating func next(binary: String, style: String?) -> Generation {
        newestGeneration += 1
        return Generation(number: newestGeneration, binary: binary, style: style)
    }

    private mutating func begin(_ generation: Generation, at now: Double) -> [PoolAction] {
        let update = RollingUpdate(from: current, to: generation, isRollback: false)
        self.update = update
        outcome = .underWay(update)
        scaling.reset()
        let dropped = dropUnfinishedRecycling(at: now)
        return [.log(.info, "Rolling update to generation \(generation.number) begins.")] + dropped
            + (replacement == nil ? advance(update, at: now) : [])
    }

    // MARK: Replacing

    /// Begins the next replacement, if one is due and none is under way. An update goes before all others.
    mutating func replaceNext(at now: Double) -> [PoolAction] {
        if isReloadRequested, update == nil {
            isReloadRequested = false
            return begin(next(binary: current.binary, style: current.style), at: now)
        }
        guard replacement == nil else { return [] }
        if let update { return advance(update, at: now) }
        let serving = workers.values.filter { $0.phase == .serving }.sorted { $0.slot < $1.slot }
        // A slot in which fresh workers keep dying (perhaps the model was removed) keeps its old worker until its backoff allows a start.
        for worker in serving where backoffs[worker.slot]?.allows(now) ?? true {
            let request = requestedReplacements.remove(worker.slot) != nil ? "an operator asked for it" : nil
            if let reason = request ?? settings.recycling.reason(worker.load, requestLimit: worker.requestLimit) {
                return replace(worker, by: worker.generation, reason, isUpdate: false, at: now)
            }
        }
        return []
    }

    private mutating func replace(
        _ old: WorkerRecord, by generation: Generation, _ reason: String, isUpdate: Bool, at now: Double
    ) -> [PoolAction] {
        let new = start(slot: old.slot, generation, at: now)
        replacement = Replacement(slot: old.slot, old: old.specification.id, new: new.id, reason: reason, isUpdate: isUpdate)
        return [.start(new), .log(.info, "Worker \(old.name) is being replaced: \(reason).")]
    }

    /// Drains a fresh worker of a recycling that is still starting: the update would replace it at once. An old worker that drains is waited
    /// for, so that a slot never has more than two workers.
    private mutating func dropUnfinishedRecycling(at now: Double) -> [PoolAction] {
        guard let replacement, !replacement.isUpdate, workers[replacement.new]?.phase == .starting else { return [] }
        self.replacement = nil
        return drain(replacement.new, "an update replaces all workers", at: now)
    }

    // MARK: The course of an update

    private mutating func advance(_ update: RollingUpdate, at now: Double) -> [PoolAction] {
        let current = workers.values.filter(\.isCurrent).sorted { $0.slot < $1.slot }
        guard let next = current.first(where: { $0.generation != update.to }) else {
            let isComplete =
                current.count == target
                && current.allSatisfy { $0.phase == .serving && now - $0.since >= Self.minimumReadySeconds }
            return isComplete ? complete(update) : []
        }
        // Workers that start are waited for, and the last new one must have served for a moment.
        let isSettled = current.allSatisfy { worker in
            worker.phase == .serving
                && (worker.generation != update.to || now - worker.since >= Self.minimumReadySeconds)
        }
        guard isSettled || update.isRollback, next.phase == .serving else { return [] }
        let reason = update.isRollback ? "the update is rolled back" : "generation \(update.to.number) replaces it"
        return replace(next, by: update.to, reason, isUpdate: true, at: now)
    }

    private mutating func complete(_ update: RollingUpdate) -> [PoolAction] {
        self.update = nil
        if update.isRollback {
            return [.log(.warning, "The rollback is complete: all workers are of generation \(update.to.number).")]
        }
        previous = update.from
        current = update.to
        generations = [:]
        outcome = .done(update.to)
        return [.log(.info, "The update is complete: all workers are of generation \(update.to.number).")]
    }

    /// A new worker has failed: workers that were already replaced are rolled back.
    mutating func fail(_ update: RollingUpdate, _ reason: String) -> [PoolAction] {
        outcome = .failed(reason)
        for slot in generations.keys where generations[slot] == update.to { generations[slot] = update.from }
        if update.isRollback {
            self.update = nil
            return [.log(.error, "The update could not be rolled back everywhere: \(reason)")]
        }
        self.update = RollingUpdate(from: update.to, to: update.from, isRollback: true)
        return [
            .log(.error, "The update has failed: \(reason) The workers are rolled back to generation \(update.from.number).")
        ]
    }
}
