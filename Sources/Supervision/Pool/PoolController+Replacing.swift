extension PoolController {
    /// Seconds that a worker of a new generation must have served before the next one is replaced.
    static let settling = 1.0

    /// Begins the next replacement, if one is due and none is under way. A roll goes before all others.
    mutating func replaceNext(at now: Double) -> [PoolAction] {
        if isReloadWanted, roll == nil {
            isReloadWanted = false
            return begin(next(binary: current.binary, style: current.style), from: current, at: now)
        }
        guard replacement == nil else { return [] }
        if let roll { return advance(roll, at: now) }
        let serving = workers.values.filter { $0.phase == .serving }.sorted { $0.order.slot < $1.order.slot }
        // A place in which fresh workers keep dying (perhaps the model was taken away) is left alone for a while.
        for worker in serving where backoffs[worker.order.slot]?.allows(now) ?? true {
            let wish = replacementsWanted.remove(worker.order.slot) != nil ? "an operator asked for it" : nil
            if let reason = wish ?? settings.recycling.reason(worker.load, requests: worker.requests) {
                return replace(worker, by: worker.order.generation, reason, isRoll: false, at: now)
            }
        }
        return []
    }

    mutating func next(binary: String, style: String?) -> Generation {
        newestGeneration += 1
        return Generation(number: newestGeneration, binary: binary, style: style)
    }

    mutating func begin(_ generation: Generation, from: Generation, at now: Double) -> [PoolAction] {
        let roll = Roll(from: from, to: generation, isRollback: false)
        self.roll = roll
        outcome = .underWay(roll)
        scaling.reset()
        let note = PoolNote(weight: .info, text: "The workers are replaced one by one by generation \(generation.number).")
        let dropped = giveUpRecycling(at: now)
        return [.note(note)] + dropped + (replacement == nil ? advance(roll, at: now) : [])
    }

    /// A fresh worker that is only starting, and would be replaced by the roll at once, is not waited for. An old one that finishes what it
    /// has is: there are never more than two of a place.
    private mutating func giveUpRecycling(at now: Double) -> [PoolAction] {
        guard let replacement, !replacement.isRoll, workers[replacement.new]?.phase == .starting else { return [] }
        self.replacement = nil
        return drain(replacement.new, "all are replaced anyway", at: now)
    }

    private mutating func advance(_ roll: Roll, at now: Double) -> [PoolAction] {
        let places = workers.values.filter(\.isCurrent).sorted { $0.order.slot < $1.order.slot }
        if let next = places.first(where: { $0.order.generation != roll.to }) {
            // One that is just starting is waited for, and the last new one has to show that it lives.
            let isSettled = places.allSatisfy { worker in
                worker.phase == .serving && (worker.order.generation != roll.to || now - worker.since >= Self.settling)
            }
            guard isSettled || roll.isRollback, next.phase == .serving else { return [] }
            let reason = roll.isRollback ? "the update is undone" : "generation \(roll.to.number) takes its place"
            return replace(next, by: roll.to, reason, isRoll: true, at: now)
        }
        let isComplete =
            places.count == target && places.allSatisfy { $0.phase == .serving && now - $0.since >= Self.settling }
        return isComplete ? complete(roll) : []
    }

    private mutating func complete(_ roll: Roll) -> [PoolAction] {
        self.roll = nil
        if roll.isRollback {
            return [.note(PoolNote(weight: .warning, text: "All workers are of generation \(roll.to.number) again."))]
        }
        previous = roll.from
        current = roll.to
        generations = [:]
        outcome = .done(roll.to)
        return [.note(PoolNote(weight: .info, text: "All workers are of generation \(roll.to.number) now."))]
    }

    /// A new worker did not stand the test: those that were replaced are replaced back.
    mutating func fail(_ roll: Roll, _ reason: String) -> [PoolAction] {
        outcome = .failed(reason)
        for slot in generations.keys where generations[slot] == roll.to { generations[slot] = roll.from }
        if roll.isRollback {
            self.roll = nil
            return [.note(PoolNote(weight: .error, text: "The update could not be undone everywhere: \(reason)"))]
        }
        self.roll = Roll(from: roll.to, to: roll.from, isRollback: true)
        let back = "The workers go back to generation \(roll.from.number)."
        return [.note(PoolNote(weight: .error, text: "The update is given up: \(reason) \(back)"))]
    }

    private mutating func replace(
        _ old: WorkerRecord, by generation: Generation, _ reason: String, isRoll: Bool, at now: Double
    ) -> [PoolAction] {
        let order = start(slot: old.order.slot, generation, at: now)
        replacement = Replacement(
            slot: old.order.slot, old: old.order.id, new: order.id, reason: reason, isRoll: isRoll)
        return [.start(order), .note(PoolNote(weight: .info, text: "Worker \(old.name) is replaced: \(reason)."))]
    }
}
