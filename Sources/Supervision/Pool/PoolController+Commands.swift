/// Why a pool can't do what an operator wants; a sentence.
package struct PoolRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}

extension PoolController {
    /// Replaces all workers one by one, so that each reads its settings, model and certificate anew. While an update is under way it is
    /// done after that.
    package mutating func reload(at now: Double) -> [PoolAction] {
        guard !isStopping else { return [] }
        isReloadWanted = true
        return tick(at: now)
    }

    /// Begins to replace all workers by others that are started from `binary` (nil: the same program) with the default style `style`
    /// (nil: the same).
    package mutating func update(binary: String?, style: String?, at now: Double) throws(PoolRefusal) -> [PoolAction] {
        try refuseWhileBusy()
        return begin(next(binary: binary ?? current.binary, style: style ?? current.style), from: current, at: now)
    }

    /// Begins to go back to what workers were started from before the last update.
    package mutating func rollBack(at now: Double) throws(PoolRefusal) -> [PoolAction] {
        try refuseWhileBusy()
        guard let previous else { throw PoolRefusal("There was no update to undo.") }
        return begin(next(binary: previous.binary, style: previous.style), from: current, at: now)
    }

    /// Changes how many workers there are.
    package mutating func scale(to count: WorkerCount, at now: Double) throws(PoolRefusal) -> [PoolAction] {
        if isStopping { throw PoolRefusal("The pool is ending.") }
        settings.count = count
        target = count.clamp(count.isElastic ? target : count.least)
        scaling.reset()
        return [.note(PoolNote(weight: .info, text: "There are to be \(count) workers."))] + tick(at: now)
    }

    /// Replaces the worker in a place by a fresh one.
    package mutating func replace(slot: Int, at now: Double) throws(PoolRefusal) -> [PoolAction] {
        if isStopping { throw PoolRefusal("The pool is ending.") }
        guard workers.values.contains(where: { $0.order.slot == slot && $0.phase == .serving }) else {
            throw PoolRefusal("There is no worker \(slot) that serves; `sakuga ctl status` shows those that do.")
        }
        replacementsWanted.insert(slot)
        return tick(at: now)
    }

    /// Lets all workers finish what they have. `end` comes when the last is gone.
    package mutating func stop(at now: Double) -> [PoolAction] {
        if isStopping { return [] }
        isStopping = true
        roll = nil
        replacement = nil
        var actions: [PoolAction] = []
        for (id, worker) in workers.sorted(by: { $0.key < $1.key }) where worker.isCurrent {
            actions += drain(id, "the pool ends", at: now)
        }
        return actions + endIfEmpty()
    }

    private func refuseWhileBusy() throws(PoolRefusal) {
        if isStopping { throw PoolRefusal("The pool is ending.") }
        if roll != nil { throw PoolRefusal("Another update is under way; `sakuga ctl status` shows how far it is.") }
    }
}
