/// The scheduler's decisions as a value, without tasks or timers: which job runs now, which waits, which is rejected.
///
/// Every event carries its time and returns the actions that follow. Each job that arrives gets exactly one action, now or later: it
/// starts or it is rejected, unless it is cancelled first. The rules:
///
/// 1. A job is admitted if it is predicted to be done within its `maximumWait` and before its deadline (``predictedSeconds(for:)``), and
///    if the waiting queue has room. Deciding and enqueuing are one step, so no other job can come between.
/// 2. At most `limits.slots` jobs run, and their `memoryBytes` stay within `limits.memoryBytes`.
/// 3. The direct and the queued class share the core-seconds evenly while both have jobs (``FairShare``); within a class the clients
///    share evenly (``FairQueue``).
/// 4. When the next job does not fit into the available memory, later jobs that fit pass it, `limits.passesBeforeDraining` times;
///    then no job starts before it.
/// 5. A waiting job is rejected at its deadline, or once it can no longer be done within 1.1 times its `maximumWait` (because later jobs
///    went first, or runs took longer than predicted).
/// 6. A direct job that waits alone in its class preempts when its class goes next and queued jobs hold all slots: it runs in addition
///    to them, one such job at a time, within the same memory. It gets all cores and the others none, so no job starts meanwhile.
package struct AdmissionController: Sendable {
    /// What follows from an event.
    package enum Action: Sendable, Equatable {
        /// The job holds a slot until `finish`.
        case start(UInt64)
        /// The job preempts all jobs in slots until `finish`.
        case preempt(UInt64)
        /// The job is gone.
        case reject(UInt64, AdmissionRejection)
    }

    struct RunningJob: Sendable {
        var jobClass: JobClass
        var cost: JobCost
        /// As predicted on arrival.
        var coreSeconds: Double
        /// It runs in addition to the jobs in slots, on all cores.
        var isPreempting: Bool
        var startReading: CoreClock.Use
    }

    /// The limits.
    package let limits: SchedulerLimits
    /// What jobs cost, learnt from those that succeeded.
    package private(set) var model = ServiceTimeModel()
    /// Bytes of the running jobs.
    package private(set) var memoryInUse = 0
    /// Bytes of `limits.memoryBytes` that are in use outside the scheduler: waiting photos, cached pictures. A job that runs alone ignores
    /// them; it would otherwise wait for memory that only its own run can free.
    package var externalMemoryBytes = 0
    /// Whether new jobs are rejected.
    package private(set) var isDraining = false

    private(set) var queues = PerJobClass(direct: FairQueue(), queued: FairQueue())
    private(set) var running: [UInt64: RunningJob] = [:]
    private(set) var clock: CoreClock
    private(set) var share = FairShare()
    private(set) var queuedMean = DecayingMean()

    /// How much longer than promised a job may be expected to take before it is rejected.
    private static let tolerance = 1.1

    /// Creates a controller without jobs.
    package init(limits: SchedulerLimits) {
        self.limits = limits
        clock = CoreClock(slots: limits.slots)
    }

    /// The number of running jobs: those in slots, and one that preempts them.
    package var runningCount: Int { running.count }
    /// The number of waiting jobs.
    package var waitingCount: PerJobClass<Int> { PerJobClass(direct: queues.direct.count, queued: queues.queued.count) }
    /// Whether no job runs or waits.
    package var isIdle: Bool { running.isEmpty && queues.direct.isEmpty && queues.queued.isEmpty }

    /// When `advance` has to be called at the latest; nil when no waiting job expires.
    package var nextTimer: ContinuousClock.Instant? {
        [queues.direct.nextExpiry, queues.queued.nextExpiry].compactMap(\.self).min()
    }

    /// A job arrives. Tickets must be unique.
    package mutating func arrive(
        _ ticket: UInt64, _ request: AdmissionRequest, at now: ContinuousClock.Instant
    ) -> [Action] {
        // Expired jobs go first, so that they do not count against the new one.
        let actions = advance(to: now)
        if let reason = rejection(of: request, at: now) { return actions + [.reject(ticket, reason)] }
        enqueue(ticket, request, at: now)
        return actions + startRunnable()
    }

    /// A running job has ended and frees its slot. The model learns from it if it `succeeded`.
    package mutating func finish(_ ticket: UInt64, succeeded: Bool, at now: ContinuousClock.Instant) -> [Action] {
        clock.advance(to: now)
        guard let job = running.removeValue(forKey: ticket) else { return [] }
        updateClock()
        memoryInUse -= job.cost.memoryBytes
        let used = use(of: job)
        share.correct(job.jobClass, by: used.coreSeconds - job.coreSeconds)
        if succeeded, used.coreSeconds > 0 {
            model.observe(
                pixels: job.cost.pixels, coreSeconds: used.coreSeconds, fullness: used.seconds / used.coreSeconds)
        }
        return advance(to: now)
    }

    /// A waiting job is cancelled. Nil if it does not wait (it runs already, or never arrived).
    package mutating func cancel(_ ticket: UInt64, at now: ContinuousClock.Instant) -> [Action]? {
        for jobClass in JobClass.allCases {
            guard let index = queues[jobClass].position(of: ticket) else { continue }
            _ = queues[jobClass].remove(at: index)
            return advance(to: now)  // it may have been the job that the slots drained for
        }
        return nil
    }

    /// The time is `now`: rejects expired jobs and starts those that can start.
    package mutating func advance(to now: ContinuousClock.Instant) -> [Action] {
        clock.advance(to: now)
        return rejectExpired(at: now) + startRunnable()
    }

    /// Rejects new jobs from now on; waiting ones still run.
    package mutating func beginDraining() { isDraining = true }

    /// Accepts jobs again.
    package mutating func resume() { isDraining = false }

    private func rejection(of request: AdmissionRequest, at now: ContinuousClock.Instant) -> AdmissionRejection? {
        if isDraining { return .draining }
        let bytes = request.cost.memoryBytes
        if bytes > limits.memoryBytes { return .tooLarge(bytes: bytes, limit: limits.memoryBytes) }
        let seconds = predictedSeconds(for: request)
        if let deadline = request.options.deadline, seconds > (deadline - now) / .seconds(1) {
            return .deadlineUnreachable(predictedSeconds: seconds)
        }
        if let maximum = request.options.maximumWait, seconds > maximum { return .maximumWaitExceeded(predictedSeconds: seconds) }
        return hasRoom(for: request) ? nil : .queueFull(predictedSeconds: seconds)
    }

    private func hasRoom(for request: AdmissionRequest) -> Bool {
        if startsImmediately(request) || preemptsImmediately(request) { return true }
        switch request.options.jobClass {
        case .direct:
            return queues.direct.count < limits.waitingJobs
                && request.encodedBytes <= limits.waitingBytes - queues.direct.encodedBytes
        case .queued: return queues.queued.count < limits.waitingQueuedJobs
        }
    }

    private mutating func enqueue(_ ticket: UInt64, _ request: AdmissionRequest, at now: ContinuousClock.Instant) {
        let jobClass = request.options.jobClass
        let coreSeconds = model.coreSeconds(pixels: request.cost.pixels)
        if jobClass == .queued { queuedMean.add(coreSeconds) }
        share = share(afterArrivalOf: jobClass)
        let runSeconds = willPreempt(request) ? coreSeconds / Double(limits.slots) : coreSeconds
        let latestStart = request.options.maximumWait.map {
            now + .seconds(max(0, $0 * Self.tolerance - runSeconds))
        }
        queues[jobClass].enqueue(
            WaitingJob(
                ticket: ticket, client: request.options.client, cost: request.cost, coreSeconds: coreSeconds,
                encodedBytes: request.encodedBytes, deadline: request.options.deadline, latestStart: latestStart))
    }

    private mutating func rejectExpired(at now: ContinuousClock.Instant) -> [Action] {
        var actions: [Action] = []
        for jobClass in JobClass.allCases {
            while let index = queues[jobClass].firstExpired(at: now) {
                let job = queues[jobClass].remove(at: index)
                let retry = AdmissionRequest(
                    cost: job.cost, encodedBytes: job.encodedBytes,
                    options: SchedulingOptions(client: job.client, jobClass: jobClass))
                let seconds = predictedSeconds(for: retry)
                let isPastDeadline = job.deadline.map { $0 <= now } ?? false
                let reason: AdmissionRejection =
                    isPastDeadline
                    ? .deadlineExceeded(predictedSeconds: seconds) : .maximumWaitExceeded(predictedSeconds: seconds)
                actions.append(.reject(job.ticket, reason))
            }
        }
        return actions
    }

    private mutating func startRunnable() -> [Action] {
        var actions: [Action] = []
        while preemptingJob == nil {
            if running.count < limits.slots, let (jobClass, index) = nextToStart() {
                actions.append(.start(start(jobClass, at: index, isPreempting: false)))
            } else if canPreempt {
                actions.append(.preempt(start(.direct, at: 0, isPreempting: true)))
            } else {
                break
            }
        }
        return actions
    }

    private mutating func start(_ jobClass: JobClass, at index: Int, isPreempting: Bool) -> UInt64 {
        let job = queues[jobClass].dequeue(at: index)
        share.start(jobClass, coreSeconds: job.coreSeconds)
        running[job.ticket] = RunningJob(
            jobClass: jobClass, cost: job.cost, coreSeconds: job.coreSeconds, isPreempting: isPreempting,
            startReading: clock.reading(preempting: isPreempting))
        updateClock()
        memoryInUse += job.cost.memoryBytes
        return job.ticket
    }

    private mutating func updateClock() {
        let isPreempted = preemptingJob != nil
        clock.setRunning(isPreempted ? running.count - 1 : running.count, isPreempted: isPreempted)
    }

    /// The first job in dispatch order that fits into the available memory; nil when there is none, or when a job before it has been
    /// passed too often.
    private mutating func nextToStart() -> (jobClass: JobClass, index: Int)? {
        let counts = waitingCount, free = availableMemory
        var order = DispatchOrder(share: share)
        var passed: [(jobClass: JobClass, index: Int)] = []
        while let next = order.advance(counts: counts, coreSeconds: { [queues] in queues[$0][$1].coreSeconds }) {
            let job = queues[next.jobClass][next.index]
            if job.cost.memoryBytes <= free {
                for other in passed { queues[other.jobClass].recordPass(at: other.index) }
                return next
            }
            if job.passes >= limits.passesBeforeDraining { return nil }
            passed.append(next)
        }
        return nil
    }
}

// MARK: Preemption

extension AdmissionController {
    /// The running job that preempts those in slots.
    var preemptingJob: RunningJob? { running.values.first(where: \.isPreempting) }

    /// Whether the first waiting direct job may preempt now.
    private var canPreempt: Bool {
        queues.direct.count == 1 && preemptingJob == nil && queuedJobsHoldAllSlots && directIsNext(share)
            && queues.direct[0].cost.memoryBytes <= availableMemory
    }

    /// Whether a job that arrives now preempts as soon as its class goes next.
    func willPreempt(_ request: AdmissionRequest) -> Bool {
        request.options.jobClass == .direct && queues.direct.isEmpty && queuedJobsHoldAllSlots
            && request.cost.memoryBytes <= availableMemory + (preemptingJob?.cost.memoryBytes ?? 0)
    }

    private func preemptsImmediately(_ request: AdmissionRequest) -> Bool {
        preemptingJob == nil && willPreempt(request) && directIsNext(share(afterArrivalOf: .direct))
    }

    /// The shares after a job of `jobClass` has arrived.
    func share(afterArrivalOf jobClass: JobClass) -> FairShare {
        var share = share
        if queues[jobClass].isEmpty { share.becomeBusy(jobClass, otherRunning: runningCoreSeconds(of: jobClass.other)) }
        return share
    }

    /// What a running job has used so far.
    func use(of job: RunningJob) -> CoreClock.Use {
        clock.reading(preempting: job.isPreempting) - job.startReading
    }

    /// The queued class counts even while none of its jobs waits: preemption would stop the running ones.
    private func directIsNext(_ share: FairShare) -> Bool {
        share.next(among: PerJobClass(direct: true, queued: true)) == .direct
    }

    private var queuedJobsHoldAllSlots: Bool {
        running.values.count { $0.jobClass == .queued } == limits.slots
            && running.values.allSatisfy { $0.jobClass == .queued || $0.isPreempting }
    }
}
