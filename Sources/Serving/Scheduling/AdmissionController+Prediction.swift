/// Predicts when jobs are done.
extension AdmissionController {
    /// Seconds until a job that arrives now would be done, its own run included.
    ///
    /// A job that can start immediately takes its run time, with the cores shared among the running jobs. Otherwise the jobs that go
    /// before it take the slots one after another as these become free, then the job itself, all on one core each: a machine that is
    /// full now is expected to stay full. A job that will preempt waits for its class's turn only and gets every core. A job that
    /// preempts already goes before all. The queued class counts as endless while it has at least as many jobs here as there are slots:
    /// the workers have then found a job each, and will find more.
    package func predictedSeconds(for request: AdmissionRequest) -> Double {
        let own = model.coreSeconds(pixels: request.cost.pixels), remaining = remainingCoreSeconds
        if startsImmediately(request) {
            return SlotForecast.sharing(slots: limits.slots, coreSeconds: own, remaining: remaining)
        }
        var slots = SlotForecast(slots: limits.slots, remaining: remaining)
        forEachBefore(request) { _ = slots.add(coreSeconds: $0) }
        let done = willPreempt(request) ? slots.preempting(coreSeconds: own) : slots.add(coreSeconds: own)
        return preemptingSeconds + done
    }

    /// Seconds until the job at `position` of the job store (1 is next) is done, when `workers` processes like this one share the store.
    ///
    /// The running jobs and those that workers have claimed go before it. While direct jobs wait, the queued class gets half of the cores.
    package func secondsUntilDone(position: Int, workers: Int) -> Double {
        let mean = meanQueuedCoreSeconds
        let claimed = (0..<queues.queued.count).reduce(0.0) { $0 + currentCoreSeconds(.queued, $1) }
        let stored = mean * Double(max(0, position - 1)) / Double(max(1, workers))
        let isAlone = isIdle && position <= 1
        let fraction = queues.direct.isEmpty ? 1.0 : 0.5
        let ahead = (remainingCoreSeconds.reduce(0, +) + claimed + stored) / (Double(limits.slots) * fraction)
        return preemptingSeconds + ahead + mean / (isAlone ? Double(limits.slots) : 1)
    }

    /// Whether no job waits and this one fits.
    func startsImmediately(_ request: AdmissionRequest) -> Bool {
        running.count < limits.slots && preemptingJob == nil && queues.direct.isEmpty && queues.queued.isEmpty
            && request.cost.memoryBytes <= availableMemory
    }

    /// Bytes that one more job may use.
    var availableMemory: Int {
        running.isEmpty ? limits.memoryBytes : limits.memoryBytes - memoryInUse - externalMemoryBytes
    }

    /// The predicted core-seconds of all running jobs of a class.
    func runningCoreSeconds(of jobClass: JobClass) -> Double {
        running.values.reduce(0) { $1.jobClass == jobClass ? $0 + $1.coreSeconds : $0 }
    }

    /// What each job in a slot still needs.
    private var remainingCoreSeconds: [Double] {
        running.values.compactMap { $0.isPreempting ? nil : remainingCoreSeconds(of: $0) }
    }

    /// Seconds until the preempting job is done and the others continue.
    private var preemptingSeconds: Double {
        preemptingJob.map { remainingCoreSeconds(of: $0) / Double(limits.slots) } ?? 0
    }

    /// A job that takes longer than expected never counts as done: a tenth remains.
    private func remainingCoreSeconds(of job: RunningJob) -> Double {
        let expected = model.coreSeconds(pixels: job.cost.pixels)
        return max(expected - use(of: job).coreSeconds, expected / 10)
    }

    private var meanQueuedCoreSeconds: Double { queuedMean.value ?? model.coreSeconds(pixels: 512 * 512) }

    private var queuedClassIsEndless: Bool {
        let present = running.values.count { $0.jobClass == .queued } + queues.queued.count
        return present >= limits.slots
    }

    /// By the model as it is now, which may know more than when the job arrived.
    private func currentCoreSeconds(_ jobClass: JobClass, _ index: Int) -> Double {
        index < queues[jobClass].count ? model.coreSeconds(pixels: queues[jobClass][index].cost.pixels) : meanQueuedCoreSeconds
    }

    /// Calls `body` with the core-seconds of each job that starts before `request`.
    private func forEachBefore(_ request: AdmissionRequest, _ body: (Double) -> Void) {
        let jobClass = request.options.jobClass, position = queues[jobClass].position(for: request.options.client)
        var counts = waitingCount
        if jobClass == .direct, queuedClassIsEndless { counts.queued = .max }
        counts[jobClass] = position + 1
        var order = DispatchOrder(share: share(afterArrivalOf: jobClass))
        while let next = order.advance(counts: counts, coreSeconds: currentCoreSeconds), next != (jobClass, position) {
            body(currentCoreSeconds(next.jobClass, next.index))
        }
    }
}

/// Predicts when jobs are done that start one after another, each in the slot that becomes free first.
///
/// With all slots taken each job has one core, so a slot becomes free when its job's core-seconds have passed. Times are seconds from now.
package struct SlotForecast: Sendable {
    /// When each slot becomes free: a binary heap, the earliest first.
    private var freeAt: [Double]
    /// When the job added last starts; 0 before the first one.
    private var latestStart = 0.0

    /// Creates a forecast for `slots` slots, in which running jobs have `remaining` core-seconds left, one entry a job.
    package init(slots: Int, remaining: [Double]) {
        freeAt = remaining + Array(repeating: 0, count: max(0, slots - remaining.count))
        freeAt.sort()
    }

    /// The next job starts in the slot that becomes free first. Returns when it is done. Complexity: O(log slots).
    package mutating func add(coreSeconds: Double) -> Double {
        latestStart = freeAt[0]
        let done = latestStart + coreSeconds
        freeAt[0] = done
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < freeAt.count && freeAt[child] < freeAt[least] {
                least = child
            }
            if least == parent { return done }
            freeAt.swapAt(parent, least)
            parent = least
        }
    }

    /// When a job is done that preempts as soon as the job added last has started: it needs no slot and gets all cores.
    package func preempting(coreSeconds: Double) -> Double { latestStart + coreSeconds / Double(freeAt.count) }

    /// Seconds that a job of `coreSeconds` takes which starts now beside jobs with `remaining` core-seconds left, if no other job
    /// arrives: all share `slots` cores evenly, and a finished job leaves its cores to the others.
    package static func sharing(slots: Int, coreSeconds: Double, remaining: [Double]) -> Double {
        remaining.reduce(coreSeconds) { $0 + min($1, coreSeconds) } / Double(slots)
    }
}
