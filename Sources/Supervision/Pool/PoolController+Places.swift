extension PoolController {
    /// Kills those that take too long for anything.
    mutating func killTheLate(at now: Double) -> [PoolAction] {
        var actions: [PoolAction] = []
        for (id, worker) in workers.sorted(by: { $0.key < $1.key }) {
            let age = now - worker.since
            switch worker.phase {
            case .starting where age > settings.startLimit:
                actions += kill(id, "it has not become ready within \(Int(settings.startLimit)) s.", at: now)
            case .serving where now - worker.heard > settings.silenceLimit:
                actions += kill(id, "it hangs; nothing was heard of it for \(Int(settings.silenceLimit)) s.", at: now)
            case .draining where age > settings.drainLimit:
                actions += kill(id, "it has not finished within \(Int(settings.drainLimit)) s.", at: now)
            default: break
            }
        }
        return actions
    }

    /// Starts a worker in each place that lacks one.
    mutating func fillPlaces(at now: Double) -> [PoolAction] {
        var actions: [PoolAction] = []
        // One that was killed holds its place until it is gone.
        let taken = Set(workers.values.filter { $0.isCurrent || $0.phase == .killed }.map(\.order.slot))
        for slot in 0..<target where !taken.contains(slot) && backoffs[slot]?.allows(now) ?? true {
            actions.append(.start(start(slot: slot, generations[slot] ?? current, at: now)))
        }
        return actions
    }

    /// Drains those in places that are too many.
    mutating func sendSurplusHome(at now: Double) -> [PoolAction] {
        let surplus = workers.values.filter { $0.isCurrent && $0.order.slot >= target }.map(\.order.id).sorted()
        var actions: [PoolAction] = []
        for id in surplus {
            actions += drain(id, "there are more workers than needed", at: now)
            if replacement?.new == id || replacement?.old == id { replacement = nil }
        }
        return actions
    }

    /// Once a second, sees whether there should be more or fewer.
    mutating func lookAtLoad(at now: Double) -> [PoolAction] {
        guard now - (lastLook ?? -1) >= 1 else { return [] }
        let passed = lastLook.map { now - $0 }
        lastLook = now
        let serving = workers.values.filter { $0.phase == .serving }
        var busySeconds = 0.0
        for worker in serving {
            let cpu = worker.load.cpuSeconds
            busySeconds += worker.cpuSecondsBefore.map { max(0, cpu - $0) } ?? 0
            workers[worker.order.id]?.cpuSecondsBefore = cpu
        }
        guard let passed, settings.count.isElastic, roll == nil, !serving.isEmpty else { return [] }
        let slots = serving.reduce(0) { $0 + $1.load.slots }
        let waiting = serving.reduce(0) { $0 + $1.load.queueing } / Double(serving.count)
        let wanted = scaling.look(
            workers: serving.count, starting: max(0, target - serving.count), busy: busySeconds / passed / Double(max(1, slots)),
            waiting: waiting, count: settings.count)
        guard wanted != target else { return [] }
        let verb = wanted > target ? "grows" : "shrinks"
        target = wanted
        return [.note(PoolNote(weight: .info, text: "The pool \(verb) to \(wanted) workers."))]
    }
}
