/// When jobs will be done.
extension AdmissionController {
    /// Seconds until a job that comes now would be done, its own run included.
    ///
    /// If it could start at once: its run, with the cores shared among those that run. Otherwise: those that go
    /// before it under the rules of turns, one after another into the slots that become free, then itself, all on one core each, for a
    /// house that is full now is expected to stay full. One that is to overtake waits for its line's turn only, and has every core. What
    /// overtakes already goes before all. The queued line counts as endless while as many of its jobs are here as there are slots:
    /// then the workers that claim them from the store have all found one, and will find more.
    package func predictedSeconds(for arrival: JobArrival) -> Double {
        let own = model.coreSeconds(pixels: arrival.cost.pixels), remaining = remainingCoreSeconds
        if startsAtOnce(arrival) {
            return SlotForecast.sharing(slots: limits.slots, coreSeconds: own, remaining: remaining)
        }
        var slots = SlotForecast(slots: limits.slots, remaining: remaining)
        forEachBefore(arrival) { _ = slots.add(coreSeconds: $0) }
        let done = isToOvertake(arrival) ? slots.overtaking(coreSeconds: own) : slots.add(coreSeconds: own)
        return overtakerSeconds + done
    }

    /// Seconds until a job at `position` of the job store (1 is next) is done, when `workers` processes like this one share it.
    ///
    /// What runs and what the workers have claimed goes before it. While direct requests wait, the queue has half of the cores.
    package func secondsUntilDone(position: Int, workers: Int) -> Double {
        let mean = meanQueuedCoreSeconds
        let claimed = (0..<lines.queued.count).reduce(0.0) { $0 + currentCoreSeconds(.queued, $1) }
        let stored = mean * Double(max(0, position - 1)) / Double(max(1, workers))
        let isAlone = isIdle && position <= 1
        let share = lines.direct.isEmpty ? 1.0 : 0.5
        let ahead = (remainingCoreSeconds.reduce(0, +) + claimed + stored) / (Double(limits.slots) * share)
        return overtakerSeconds + ahead + mean / (isAlone ? Double(limits.slots) : 1)
    }

    /// Whether nobody is before it and it fits.
    func startsAtOnce(_ arrival: JobArrival) -> Bool {
        running.count < limits.slots && overtaker == nil && lines.direct.isEmpty && lines.queued.isEmpty
            && arrival.cost.memoryBytes <= memoryLeft
    }

    /// Bytes that one more job may take.
    var memoryLeft: Int {
        running.isEmpty ? limits.memoryBytes : limits.memoryBytes - memoryInUse - memoryElsewhere
    }

    /// What the running jobs of a line were reckoned to take in all, in core-seconds.
    func runningCoreSeconds(of line: JobTerms.Line) -> Double {
        running.values.reduce(0) { $1.line == line ? $0 + $1.coreSeconds : $0 }
    }

    /// What each job in a slot still has to do.
    private var remainingCoreSeconds: [Double] {
        running.values.compactMap { $0.isOvertaking ? nil : remainingCoreSeconds(of: $0) }
    }

    /// Until the job that overtakes is done and the others go on.
    private var overtakerSeconds: Double {
        overtaker.map { remainingCoreSeconds(of: $0) / Double(limits.slots) } ?? 0
    }

    /// One that takes longer than expected never counts as done: a tenth is left.
    private func remainingCoreSeconds(of job: RunningJob) -> Double {
        let expected = model.coreSeconds(pixels: job.cost.pixels)
        return max(expected - use(of: job).coreSeconds, expected / 10)
    }

    private var meanQueuedCoreSeconds: Double { queuedMean.value ?? model.coreSeconds(pixels: 512 * 512) }

    private var queueSeemsEndless: Bool {
        let present = running.values.count { $0.line == .queued } + lines.queued.count
        return present >= limits.slots
    }

    /// By what is known of costs now, which may be more than when the job came.
    private func currentCoreSeconds(_ line: JobTerms.Line, _ index: Int) -> Double {
        index < lines[line].count ? model.coreSeconds(pixels: lines[line][index].cost.pixels) : meanQueuedCoreSeconds
    }

    /// Calls `body` with the core-seconds of each job that will start before `arrival`.
    private func forEachBefore(_ arrival: JobArrival, _ body: (Double) -> Void) {
        let line = arrival.terms.line, place = lines[line].place(for: arrival.terms.client)
        var counts = waitingCount
        if line == .direct, queueSeemsEndless { counts.queued = .max }
        counts[line] = place + 1
        var order = TurnOrder(turns: turnsWithOneMore(in: line))
        while let next = order.advance(counts: counts, coreSeconds: currentCoreSeconds), next != (line, place) {
            body(currentCoreSeconds(next.line, next.index))
        }
    }
}

/// When jobs will be done that start one after another, each in the slot that becomes free first.
///
/// With all slots taken each job has one core, so a slot is free when its job's core-seconds have passed. Times are seconds from
/// now.
package struct SlotForecast: Sendable {
    /// When each slot becomes free: a heap, the earliest first.
    private var freeAt: [Double]
    /// When the job added last starts; 0 before there is one.
    private var latestStart = 0.0

    /// Makes a forecast for so many slots, where running jobs have `remaining` core-seconds left, one entry a job.
    package init(slots: Int, remaining: [Double]) {
        freeAt = remaining + Array(repeating: 0, count: max(0, slots - remaining.count))
        freeAt.sort()
    }

    /// The next job starts in the slot that is free first. Returns when it is done. Complexity: O(log slots).
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

    /// When a job is done that overtakes as soon as the last one added has started: it waits for no slot and has all the cores.
    package func overtaking(coreSeconds: Double) -> Double { latestStart + coreSeconds / Double(freeAt.count) }

    /// Seconds that a job of `coreSeconds` takes which starts now beside jobs with `remaining` core-seconds left, if nobody else
    /// comes: all share `slots` cores evenly, and who is done leaves its share to the others.
    package static func sharing(slots: Int, coreSeconds: Double, remaining: [Double]) -> Double {
        remaining.reduce(coreSeconds) { $0 + min($1, coreSeconds) } / Double(slots)
    }
}
