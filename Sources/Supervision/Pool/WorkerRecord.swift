package import GoldenPictures

/// A worker as the pool knows it.
package struct WorkerRecord: Sendable, Equatable {
    /// The life of a worker; it only moves forward.
    package enum Phase: Sendable, Equatable {
        /// It loads its model.
        case starting
        /// It accepts connections.
        case serving
        /// It finishes the requests in hand, for the reason given.
        case draining(String)
        /// It was killed and has not ended yet.
        case killed
    }

    /// What it was started as.
    package let specification: WorkerSpecification
    /// The current phase.
    package private(set) var phase = Phase.starting
    /// When the phase began.
    package private(set) var since: Double
    /// When it began to serve; nil if it never did.
    package private(set) var servingSince: Double?
    /// Its process; nil until that has started.
    package var process: Int32?
    /// Its last report.
    package var load = WorkerLoad()
    /// When the last report arrived.
    package var lastReport: Double
    /// The number of requests after which it is recycled; nil for no limit.
    let requestLimit: Int?
    /// Its processor time at the last evaluation of the scaling policy.
    var evaluatedCPUSeconds: Double?

    init(_ specification: WorkerSpecification, requestLimit: Int?, now: Double) {
        self.specification = specification
        self.requestLimit = requestLimit
        since = now
        lastReport = now
    }

    /// Its slot.
    package var slot: Int { specification.slot }
    /// What it was started from.
    package var generation: Generation { specification.generation }

    /// Whether it fills its slot: it serves, or will.
    package var isCurrent: Bool { phase == .starting || phase == .serving }

    /// Its name in the log: `2 (process 4711, generation 1)`.
    package var name: String {
        let process = process.map { "process \($0), " } ?? ""
        return "\(slot) (\(process)generation \(generation.number))"
    }

    mutating func enter(_ new: Phase, at now: Double) {
        phase = new
        since = now
        if new == .serving {
            servingSince = now
            lastReport = now
        }
    }
}

/// A worker's report about itself, each time that it is asked.
package struct WorkerLoad: Sendable, Equatable, Codable {
    /// Whether its model is loaded and has made the golden picture.
    package var isReady = false
    /// Open connections.
    package var connections = 0
    /// Jobs that run.
    package var running = 0
    /// Jobs that wait in its own queues.
    package var waiting = 0
    /// Compute threads.
    package var slots = 1
    /// Seconds until a picture of 512×512 that arrived now would be done.
    package var predictedWait = 0.0
    /// Seconds that such a picture takes by itself; nil before the first.
    package var serviceTime: Double?
    /// Processor time in seconds since its start.
    package var cpuSeconds = 0.0
    /// Resident memory in bytes.
    package var residentBytes = 0
    /// Requests answered since its start.
    package var answers = 0
    /// Seconds since a running job made progress; 0 while none runs.
    package var stalledSeconds = 0.0
    /// The golden picture that it made; nil before it is ready.
    package var golden: GoldenPicture?

    package init() {}

    /// Seconds that work waits before it runs, as far as the worker can tell.
    package var queueing: Double { max(0, predictedWait - (serviceTime ?? predictedWait)) }
}
