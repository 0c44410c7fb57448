extension PoolController {
    // MARK: The number of workers

    /// Changes the number of workers.
    package mutating func scale(to count: WorkerCount, at now: Double) throws(PoolCommandError) -> [PoolAction] {
        if isStopping { throw .stopping }
        settings.count = count
        target = count.clamp(count.isElastic ? target : count.least)
        scaling.reset()
        return [.log(.info, "The pool is scaled to \(count) workers.")] + tick(at: now)
    }

    /// Evaluates the load once a second and sets the target.
    mutating func evaluateLoad(at now: Double) -> [PoolAction] {
        guard now - (lastEvaluation ?? -1) >= 1 else { return [] }
        let passed = lastEvaluation.map { now - $0 }
        lastEvaluation = now
        let serving = workers.values.filter { $0.phase == .serving }
        var busySeconds = 0.0
        for worker in serving {
            let cpu = worker.load.cpuSeconds
            busySeconds += worker.evaluatedCPUSeconds.map { max(0, cpu - $0) } ?? 0
            workers[worker.specification.id]?.evaluatedCPUSeconds = cpu
        }
        guard let passed, settings.count.isElastic, update == nil, !serving.isEmpty else { return [] }
        let cores = serving.reduce(0) { $0 + $1.load.slots }
        let wait = serving.reduce(0) { $0 + $1.load.queueing } / Double(serving.count)
        let wanted = scaling.evaluate(
            workers: serving.count, starting: max(0, target - serving.count),
            utilization: busySeconds / passed / Double(max(1, cores)), wait: wait, count: settings.count)
        guard wanted != target else { return [] }
        let direction = wanted > target ? "up" : "down"
        target = wanted
        return [.log(.info, "The pool scales \(direction) to \(wanted) workers.")]
    }

    /// Drains the workers in slots above the target.
    mutating func drainSurplus(at now: Double) -> [PoolAction] {
        let surplus = workers.values.filter { $0.isCurrent && $0.slot >= target }.map(\.specification.id).sorted()
        var actions: [PoolAction] = []
        for id in surplus {
            actions += drain(id, "the pool has scaled down", at: now)
            if replacement?.new == id || replacement?.old == id { replacement = nil }
        }
        return actions
    }

    /// Starts a worker in each slot that lacks one, as soon as its backoff allows.
    mutating func startMissing(at now: Double) -> [PoolAction] {
        // A killed worker keeps its slot until its process is gone: two would share the slot's cores.
        let taken = Set(workers.values.filter { $0.isCurrent || $0.phase == .killed }.map(\.slot))
        var actions: [PoolAction] = []
        for slot in 0..<target where !taken.contains(slot) && backoffs[slot]?.allows(now) ?? true {
            actions.append(.start(start(slot: slot, generations[slot] ?? current, at: now)))
        }
        return actions
    }

    // MARK: Timeouts

    /// Kills workers that exceed the timeout of their phase.
    mutating func killOverdue(at now: Double) -> [PoolAction] {
        var actions: [PoolAction] = []
        for (id, worker) in workers.sorted(by: { $0.key < $1.key }) {
            let age = now - worker.since
            switch worker.phase {
            case .starting where age > settings.startTimeout:
                actions += kill(id, "it was not ready within \(Int(settings.startTimeout)) s.", at: now)
            case .serving where now - worker.lastReport > settings.hangTimeout:
                actions += kill(id, "it hangs; it has not reported for \(Int(settings.hangTimeout)) s.", at: now)
            case .draining where age > settings.drainTimeout:
                actions += kill(id, "it did not finish within \(Int(settings.drainTimeout)) s.", at: now)
            default: break
            }
        }
        return actions
    }
}

extension PoolCommandError {
    static let stopping = PoolCommandError("The pool is shutting down.")
}
