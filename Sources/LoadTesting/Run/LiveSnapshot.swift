package import Foundation

/// The state of a running test, published once a second. Contains no list that grows with time.
package struct LiveSnapshot: Sendable, Codable {
    /// The phase of a test.
    package enum Phase: String, Sendable, Codable {
        /// No test is running.
        case idle
        /// Connecting to the target.
        case starting
        /// Users are being spawned, or a stage warms up: nothing is measured.
        case settling
        /// Measuring.
        case measuring
        /// No new requests; those in flight may end.
        case stopping
        /// The run has ended; the figures are the last ones.
        case finished
    }

    /// The figures of a time span. Times are in milliseconds; nil without successful requests.
    package struct Figures: Sendable, Codable, Equatable {
        /// Seconds that it covers.
        package var seconds = 0.0
        /// Requests that ended, failed ones included.
        package var requests = 0
        /// Of them: failed.
        package var failures = 0
        /// Of them: taken into the target's queue (202).
        package var queued = 0
        /// Requests that ended, a second.
        package var throughput = 0.0
        /// Bytes received, a second.
        package var receivedRate = 0.0
        /// Of the service time of answered requests.
        package var mean: Double?
        /// The median.
        package var p50: Double?
        /// The 90th percentile.
        package var p90: Double?
        /// The 95th percentile.
        package var p95: Double?
        /// The 99th percentile.
        package var p99: Double?
        /// The longest.
        package var maximum: Double?
        /// P95 from the intended start (open model), or corrected for coordinated omission (closed model).
        package var correctedP95: Double?
        /// See `correctedP95`.
        package var correctedP99: Double?

        package init() {}

        /// Share of requests that failed, 0 to 1.
        package var errorShare: Double { requests == 0 ? 0 : Double(failures) / Double(requests) }
    }

    /// The current stage.
    package struct Stage: Sendable, Codable, Equatable {
        /// From 0.
        package var index: Int
        /// How many there are; nil when unknown (search, manual changes).
        package var count: Int?
        /// What tables call it.
        package var label: String
        /// Seconds since it began.
        package var elapsed: Double
        /// How long it lasts; nil: until it is stopped.
        package var seconds: Double?
        /// Seconds of warm-up so far.
        package var dropped: Double

        package init(index: Int, count: Int?, label: String, elapsed: Double, seconds: Double?, dropped: Double) {
            self.index = index
            self.count = count
            self.label = label
            self.elapsed = elapsed
            self.seconds = seconds
            self.dropped = dropped
        }
    }

    /// One line of the table of requests.
    package struct Request: Sendable, Codable, Equatable {
        /// What tables call it.
        package var name: String
        /// `GET`, `POST`, ….
        package var method: String
        /// Its share of the requests by the plan's weights, 0 to 1.
        package var share: Double
        /// In the current stage.
        package var figures: Figures

        package init(name: String, method: String, share: Double, figures: Figures) {
            self.name = name
            self.method = method
            self.share = share
            self.figures = figures
        }
    }

    /// Failures of one cause since the test began.
    package struct Failure: Sendable, Codable, Equatable {
        /// The request's name.
        package var request: String
        /// The cause's name.
        package var cause: String
        /// How often.
        package var count: Int
        /// The detail of one of them.
        package var sample: String?

        package init(request: String, cause: String, count: Int, sample: String?) {
            self.request = request
            self.cause = cause
            self.count = count
            self.sample = sample
        }
    }

    /// The phase of the test.
    package var phase: Phase
    /// Of the run; empty when idle.
    package var runID = ""
    /// When it was taken.
    package var time: Date
    /// Seconds since the run began.
    package var elapsed = 0.0
    /// Seconds until the run ends; nil when unknown.
    package var remaining: Double?
    /// The current stage; nil when idle.
    package var stage: Stage?
    /// The requested load.
    package var level: LoadLevel?
    /// The number of users.
    package var users = 0
    /// Requests in flight.
    package var inFlight = 0
    /// Open model: starts dropped since the run began because too many requests were in flight.
    package var droppedStarts = 0
    /// The last second.
    package var second = Figures()
    /// The current stage without its warm-up.
    package var window = Figures()
    /// The whole run, warm-up included.
    package var total = Figures()
    /// One line for each name.
    package var requests: [Request] = []
    /// At most 100, the most frequent first.
    package var failures: [Failure] = []
    /// The target's resource use, where it is monitored.
    package var target: TargetFigures?
    /// This program's resource use.
    package var generator = GeneratorFigures()
    /// Why the run is invalid, once that is known.
    package var invalid: String?
    /// The latest note, such as that the monitored process has ended.
    package var note: String?

    /// A snapshot in which nothing runs.
    package init(phase: Phase = .idle, time: Date = Date()) {
        self.phase = phase
        self.time = time
    }
}
