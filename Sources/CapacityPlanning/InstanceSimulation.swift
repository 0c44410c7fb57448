import JobQueue
import Serving

/// One instance in virtual time: the service's own `AdmissionController` decides, and running jobs share its cores.
struct InstanceSimulation {
    /// How a job ended.
    enum Outcome {
        case done
        case rejected
    }

    /// A job that runs: it is done when the instance's work clock reads `doneAt`.
    private struct Running {
        var id: UInt64
        var doneAt: Double
    }

    private var controller: AdmissionController
    private var running: [Running] = []
    private var work: [UInt64: Double] = [:]
    private let cores: Double
    private let sharing: FleetDesign.Sharing
    /// Core-seconds that a job would have got that had run from the beginning.
    private var clock = 0.0
    private var seconds = 0.0
    private let start: ContinuousClock.Instant
    /// Core-seconds used so far.
    private(set) var used = 0.0
    /// Jobs that have ended since it was last emptied.
    var completions: [(id: UInt64, outcome: Outcome)] = []

    // The scheduler's estimate of a typical photo. All jobs have the same, so it learns their mean, as with photos of one size.
    private static let cost = JobCost(pixels: 512 * 512, memoryBytes: 0)

    init(design: FleetDesign, start: ContinuousClock.Instant) {
        controller = AdmissionController(
            limits: SchedulerLimits(slots: design.coresEach, waitingJobs: design.waitingJobs))
        cores = Double(design.coresEach)
        sharing = design.sharing
        self.start = start
    }

    /// Jobs that run or wait.
    var present: [UInt64] { Array(work.keys) }

    /// A request of `client` arrives at `time`.
    mutating func arrive(_ id: UInt64, coreSeconds: Double, client: String, maximumWait: Double?, at time: Double) {
        pass(to: time)
        work[id] = coreSeconds
        let options = SchedulingOptions(client: client, maximumWait: maximumWait)
        perform(controller.arrive(id, AdmissionRequest(cost: Self.cost, encodedBytes: 0, options: options), at: now))
    }

    /// When the next event is due.
    var nextEvent: Double? {
        let done = running.map(\.doneAt).min().map { seconds + max(0, $0 - clock) / speed }
        // Slightly later, so that rounding never fires it too early.
        let timer = controller.nextTimer.map { max(seconds, ($0 - start) / .seconds(1)) + 1e-9 }
        guard let done, let timer else { return done ?? timer }
        return min(done, timer)
    }

    /// Advances to `time`, the `nextEvent`.
    mutating func advance(to time: Double) {
        pass(to: time)
        let finished = running.filter { $0.doneAt <= clock + 1e-9 }
        guard !finished.isEmpty else { return perform(controller.advance(to: now)) }
        running.removeAll { $0.doneAt <= clock + 1e-9 }
        for job in finished {
            work[job.id] = nil
            completions.append((job.id, .done))
            perform(controller.finish(job.id, succeeded: true, at: now))
        }
    }

    private var now: ContinuousClock.Instant { start + .seconds(seconds) }

    /// Cores that each running job has.
    private var speed: Double {
        switch sharing {
        case .elastic: cores / Double(max(1, running.count))
        case .oneCoreEach: 1
        }
    }

    private mutating func pass(to time: Double) {
        guard time > seconds else { return }
        let each = (time - seconds) * speed
        clock += each
        used += each * Double(running.count)
        seconds = time
    }

    private mutating func perform(_ actions: [AdmissionController.Action]) {
        for action in actions {
            switch action {
            // All requests here are direct, so none is preempted.
            case .start(let id), .preempt(let id):
                running.append(Running(id: id, doneAt: clock + (work[id] ?? 0)))
            case .reject(let id, _):
                work[id] = nil
                completions.append((id, .rejected))
            }
        }
    }
}
