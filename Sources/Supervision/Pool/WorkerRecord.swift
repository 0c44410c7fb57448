/// One worker, as the pool knows it.
package struct WorkerRecord: Sendable, Equatable {
    /// The life of a worker; it only moves forward.
    package enum Phase: Sendable, Equatable {
        /// It loads its model.
        case starting
        /// It takes connections.
        case serving
        /// It finishes what it has, because of the reason given.
        case draining(String)
        /// It was killed and has not ended yet.
        case killed
    }

    /// What it was started as.
    package let order: WorkerOrder
    /// Where it is in its life, since when.
    package private(set) var phase = Phase.starting
    /// When the phase began.
    package private(set) var since: Double
    /// When it began to serve; nil if it never did.
    package private(set) var servingSince: Double?
    /// Its process; nil until that has begun.
    package var process: Int32?
    /// What it said last.
    package var load = WorkerLoad()
    /// When it said so.
    package var heard: Double
    /// After so many requests it is replaced.
    let requests: Int?
    /// Its processor time at the last look of the scaling.
    var cpuSecondsBefore: Double?

    init(order: WorkerOrder, requests: Int?, now: Double) {
        self.order = order
        self.requests = requests
        since = now
        heard = now
    }

    /// Whether it has a place in the pool: it serves or will.
    package var isCurrent: Bool { phase == .starting || phase == .serving }

    mutating func enter(_ new: Phase, at now: Double) {
        phase = new
        since = now
        if new == .serving {
            servingSince = now
            heard = now
        }
    }
}
