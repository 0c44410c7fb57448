/// One value for each job class.
package struct PerJobClass<Value> {
    /// The value for direct jobs.
    package var direct: Value
    /// The value for queued jobs.
    package var queued: Value

    /// Creates a pair.
    package init(direct: Value, queued: Value) {
        self.direct = direct
        self.queued = queued
    }

    /// The value for `jobClass`.
    package subscript(jobClass: JobClass) -> Value {
        get { jobClass == .direct ? direct : queued }
        set { if jobClass == .direct { direct = newValue } else { queued = newValue } }
    }
}

extension PerJobClass: Sendable where Value: Sendable {}
extension PerJobClass: Equatable where Value: Equatable {}

/// Divides the core-seconds evenly between the two job classes while both have jobs.
///
/// The class that has received less goes next. Because core-seconds count and not jobs, large pictures in one class do not starve the
/// other. A class that was idle gets no credit for that time, except for what the running jobs of the other class take: the next queued
/// job arrives a moment late, because a worker has to claim it from the job store first, and must not lose its turn by that.
package struct FairShare: Sendable, Equatable {
    private var served = PerJobClass(direct: 0.0, queued: 0.0)
    private var latest = JobClass.queued

    /// Starts with both classes even; the direct one goes first.
    package init() {}

    /// The class that goes next among those that have a job; nil when neither has.
    package func next(among hasJobs: PerJobClass<Bool>) -> JobClass? {
        switch (hasJobs.direct, hasJobs.queued) {
        case (false, false): nil
        case (true, false): .direct
        case (false, true): .queued
        case (true, true):
            if served.direct == served.queued { latest.other } else { served.direct < served.queued ? .direct : .queued }
        }
    }

    /// A job of `jobClass` starts, which is expected to take `coreSeconds`.
    package mutating func start(_ jobClass: JobClass, coreSeconds: Double) {
        served[jobClass] += coreSeconds
        latest = jobClass
    }

    /// A job of `jobClass` took `coreSeconds` more (negative: less) than expected at its start.
    package mutating func correct(_ jobClass: JobClass, by coreSeconds: Double) {
        served[jobClass] += coreSeconds
    }

    /// `jobClass` was idle and gets a job, while running jobs of the other class take `otherRunning` core-seconds.
    package mutating func becomeBusy(_ jobClass: JobClass, otherRunning: Double) {
        served[jobClass] = max(served[jobClass], served[jobClass.other] - otherRunning)
    }
}

/// The order in which the waiting jobs of both classes start, as far as it can be told now.
struct DispatchOrder {
    private var share: FairShare
    private var next = PerJobClass(direct: 0, queued: 0)

    init(share: FairShare) {
        self.share = share
    }

    /// The next job: its class and its position in that class's queue. `counts` are the lengths of the queues; `coreSeconds` returns
    /// the cost of the job at a position.
    mutating func advance(
        counts: PerJobClass<Int>, coreSeconds: (JobClass, Int) -> Double
    ) -> (jobClass: JobClass, index: Int)? {
        let hasJobs = PerJobClass(direct: next.direct < counts.direct, queued: next.queued < counts.queued)
        guard let jobClass = share.next(among: hasJobs) else { return nil }
        let index = next[jobClass]
        next[jobClass] += 1
        share.start(jobClass, coreSeconds: coreSeconds(jobClass, index))
        return (jobClass, index)
    }
}
