import Synchronization

/// The figures of the last five minutes that can't be told afterwards: what waited, ran and was used at each second.
final class GaugeHistory: Sendable {
    /// The service at one moment.
    struct Sample: Sendable {
        /// Seconds since the console began.
        var at: Double
        var waiting: Int
        var queued: Int
        var running: Int
        /// Seconds.
        var predictedWait: Double
        /// Cores that the process kept busy since the sample before.
        var cores: Double?
        var residentBytes: Int?
        /// Durations of the last ten seconds' answers, in seconds.
        var p50: Double?
        var p95: Double?
        var p99: Double?
    }

    /// Samples that are kept.
    static let capacity = 300

    private let samples = Mutex<[Sample]>([])

    func add(_ sample: Sample) {
        samples.withLock { samples in
            if samples.count == Self.capacity { samples.removeFirst() }
            samples.append(sample)
        }
    }

    /// The samples, the oldest first.
    var all: [Sample] { samples.withLock { $0 } }

    var latest: Sample? { samples.withLock { $0.last } }
}
