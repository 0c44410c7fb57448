import JobQueue
import Serving

/// One instance in virtual time: the service's own `AdmissionController` decides, and jobs that run use up its cores.
struct InstanceSimulation {
    /// What became of a job.
    enum Ending {
        case done
        case turnedAway
    }

    /// A job that runs: it is done when the instance's work clock reads `doneAt`.
    private struct Running {
        var ticket: UInt64
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
    var endings: [(ticket: UInt64, ending: Ending)] = []

    // What a job of the generator's usual size is to the scheduler. All have the same, so it learns their mean, as it would of
    // photos of one size.
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

    /// A request arrives at `time`; `client` is whose turn it takes.
    mutating func arrive(_ ticket: UInt64, coreSeconds: Double, client: String, maximumWait: Double?, at time: Double) {
        pass(to: time)
        work[ticket] = coreSeconds
        let terms = SchedulingOptions(client: client, maximumWait: maximumWait)
        perform(controller.arrive(ticket, AdmissionRequest(cost: Self.cost, encodedBytes: 0, options: terms), at: now))
    }

    /// When something happens next by itself.
    var nextEvent: Double? {
        let done = running.map(\.doneAt).min().map { seconds + max(0, $0 - clock) / speed }
        // A hair later, so that rounding never makes it ring in vain.
        let alarm = controller.nextTimer.map { max(seconds, ($0 - start) / .seconds(1)) + 1e-9 }
        guard let done, let alarm else { return done ?? alarm }
        return min(done, alarm)
    }

    /// Time has come to `time`, the `nextEvent`.
    mutating func advance(to time: Double) {
        pass(to: time)
        let finished = running.filter { $0.doneAt <= clock + 1e-9 }
        guard !finished.isEmpty else { return perform(controller.advance(to: now)) }
        running.removeAll { $0.doneAt <= clock + 1e-9 }
        for job in finished {
            work[job.ticket] = nil
            endings.append((job.ticket, .done))
            perform(controller.finish(job.ticket, succeeded: true, at: now))
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
            // All requests here are direct, so none is overtaken.
            case .start(let ticket), .preempt(let ticket):
                running.append(Running(ticket: ticket, doneAt: clock + (work[ticket] ?? 0)))
            case .reject(let ticket, _):
                work[ticket] = nil
                endings.append((ticket, .turnedAway))
            }
        }
    }
}
