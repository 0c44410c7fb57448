package import Foundation

/// What a running test looks like, once a second. All there is to show it live: it holds no list that grows with time.
package struct LiveSnapshot: Sendable, Codable {
    /// Where a test stands.
    package enum Phase: String, Sendable, Codable {
        /// Nothing runs; a console waits for its user.
        case idle
        /// Connects to the target for the first time and prepares.
        case starting
        /// Users are being started, or the first seconds of a stage pass: nothing counts.
        case settling
        /// What happens counts.
        case measuring
        /// No new requests; those under way may end.
        case stopping
        /// Over; the figures are the last ones.
        case finished
    }

    /// Figures of a stretch of time. Times are in milliseconds, nil where nothing was answered.
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
        /// Half took no longer.
        package var p50: Double?
        /// Nine in ten took no longer.
        package var p90: Double?
        /// 95 % took no longer.
        package var p95: Double?
        /// 99 % took no longer.
        package var p99: Double?
        /// The longest.
        package var maximum: Double?
        /// From the intended start (open model) or corrected (closed model).
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
        /// How many there are, nil when that is not known (search, changes by hand).
        package var count: Int?
        /// What tables call it.
        package var label: String
        /// Seconds since it began.
        package var elapsed: Double
        /// How long it lasts; nil: until it is stopped.
        package var seconds: Double?
        /// Seconds of it that do not count, so far.
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
        /// Its share of what is asked, 0 to 1, by the plan's weights.
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
        /// Why, in few words.
        package var cause: String
        /// How often.
        package var count: Int
        /// One of them in more words.
        package var sample: String?

        package init(request: String, cause: String, count: Int, sample: String?) {
            self.request = request
            self.cause = cause
            self.count = count
            self.sample = sample
        }
    }

    /// Where the test stands.
    package var phase: Phase
    /// Of the run; empty when idle.
    package var runID = ""
    /// When this was so.
    package var time: Date
    /// Seconds since the run began.
    package var elapsed = 0.0
    /// Seconds until it ends by itself; nil when nobody knows.
    package var remaining: Double?
    /// The current stage; nil when idle.
    package var stage: Stage?
    /// What is asked for now.
    package var level: LoadLevel?
    /// Users that are there.
    package var users = 0
    /// Requests that are out now.
    package var inFlight = 0
    /// Open model: starts that were dropped since the run began, because too many requests were under way.
    package var droppedStarts = 0
    /// The last second.
    package var second = Figures()
    /// The current stage, without what was dropped.
    package var window = Figures()
    /// The whole run, with what was dropped.
    package var total = Figures()
    /// One line for each name.
    package var requests: [Request] = []
    /// At most 100, the most frequent first.
    package var failures: [Failure] = []
    /// What the target takes, where it is watched.
    package var target: TargetFigures?
    /// What this program takes.
    package var generator = GeneratorFigures()
    /// Why the run does not count, once that is known.
    package var invalid: String?
    /// Something to tell people, such as a stage that was added by hand or a monitor that went silent.
    package var note: String?

    /// A snapshot in which nothing runs.
    package init(phase: Phase = .idle, time: Date = Date()) {
        self.phase = phase
        self.time = time
    }
}
