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
