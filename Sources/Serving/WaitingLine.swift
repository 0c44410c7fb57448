/// Who may run now, who waits, who is sent away: the scheduler's decisions as a value, without tasks or clocks.
package struct WaitingLine: Sendable {
    /// How much may run and wait.
    package struct Limits: Sendable {
        /// Jobs running at once, at least 1.
        package var slots: Int
        /// Jobs in the line.
        package var waitingJobs: Int
        /// Sum of the encoded pictures of the jobs in the line, in bytes.
        package var waitingBytes: Int

        /// Makes limits; a slot count below 1 is taken as 1.
        package init(slots: Int, waitingJobs: Int = 512, waitingBytes: Int = 512 << 20) {
            self.slots = max(1, slots)
            self.waitingJobs = waitingJobs
            self.waitingBytes = waitingBytes
        }
    }

    /// Names a job while it is in the line.
    package typealias Ticket = UInt64

    /// What happens to a job that arrives.
    package enum Arrival: Sendable, Equatable {
        /// It runs at once and holds a slot until `finish`.
        case start
        /// It waits, `position` jobs from the front (1 is next).
        case wait(position: Int)
        /// There is no room for it.
        case refuse(Refusal)
    }

    /// Why a job is sent away.
    package enum Refusal: Sendable, Equatable {
        case tooManyJobs
        case tooManyBytes
        case draining
    }

    private struct Waiter {
        var ticket: Ticket
        var bytes: Int
    }

    private let limits: Limits
    // A plain array: the line is a few hundred long, so removing from its front costs less than a cleverer structure.
    private var waiters: [Waiter] = []
    private var waitingBytes = 0
    /// Jobs that hold a slot.
    package private(set) var running = 0
    private var isDraining = false

    /// Makes an empty line.
    package init(limits: Limits) {
        self.limits = limits
    }

    /// Jobs in the line.
    package var waiting: Int { waiters.count }

    /// Whether nothing runs and nobody waits.
    package var isIdle: Bool { running == 0 && waiters.isEmpty }

    /// A job of `bytes` encoded bytes arrives.
    package mutating func arrive(_ ticket: Ticket, bytes: Int) -> Arrival {
        if isDraining { return .refuse(.draining) }
        if running < limits.slots {
            running += 1
            return .start
        }
        if waiters.count >= limits.waitingJobs { return .refuse(.tooManyJobs) }
        if bytes > limits.waitingBytes - waitingBytes { return .refuse(.tooManyBytes) }
        waiters.append(Waiter(ticket: ticket, bytes: bytes))
        waitingBytes += bytes
        return .wait(position: waiters.count)
    }

    /// A job gives up its place in the line. False if it has none (it runs already, or never came).
    package mutating func leave(_ ticket: Ticket) -> Bool {
        guard let index = waiters.firstIndex(where: { $0.ticket == ticket }) else { return false }
        waitingBytes -= waiters.remove(at: index).bytes
        return true
    }

    /// A running job has ended. The job named in the answer takes over its slot and starts now.
    package mutating func finish() -> Ticket? {
        guard !waiters.isEmpty else {
            running -= 1
            return nil
        }
        let next = waiters.removeFirst()
        waitingBytes -= next.bytes
        return next.ticket
    }

    /// From now on nobody new is taken; those in the line still run.
    package mutating func beginDraining() {
        isDraining = true
    }
}
