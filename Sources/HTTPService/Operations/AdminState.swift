import Foundation
import JobQueue
import Serving

/// The current state of the service: the response of `/admin/state`, and the console's event each second.
struct AdminState: Encodable, Sendable {
    struct Style: Encodable, Sendable {
        var name: String
        var title: LocalizedText
        var is_default: Bool
    }

    /// The last complete second.
    struct Traffic: Encodable, Sendable {
        var at: Double
        var requests: Int
        var errors: Int
    }

    /// The responses of a period.
    struct Window: Encodable, Sendable {
        var seconds: Double
        var requests: Int
        var errors: Int
        var requests_per_second: Double
        var p50_seconds: Double?
        var p95_seconds: Double?
        var p99_seconds: Double?
    }

    struct Windows: Encodable, Sendable {
        var last_10s: Window
        var last_60s: Window
        var last_300s: Window
    }

    struct Jobs: Encodable, Sendable {
        /// Running in this process.
        var running: Int
        var slots: Int
        /// Pictures of this process in the last ten seconds, synchronous ones and jobs.
        var pictures_per_second: Double
        /// Waiting in this process.
        var waiting: Int
        /// Queued in the job store.
        var queued: Int
        var queued_bytes: Int
        /// Running in all processes that share the store.
        var running_everywhere: Int
        var workers: Int
        var result_bytes: Int
        /// The predicted time until a new picture of 512×512 would be done.
        var predicted_wait_seconds: Double
        /// Nil until the first picture is done.
        var core_seconds_per_megapixel: Double?
    }

    struct Memory: Encodable, Sendable {
        var resident_bytes: Int?
        var limit_bytes: Int?
        /// The memory reserved by running jobs.
        var jobs_bytes: Int
        /// Nil if it is not limited.
        var jobs_limit_bytes: Int?
    }

    struct Process: Encodable, Sendable {
        var cpu_seconds: Double?
        /// The number of cores in use, on average over the last interval.
        var cores_used: Double?
        var open_files: Int?
    }

    struct Cache: Encodable, Sendable {
        var hits: Int
        var misses: Int
        var entries: Int
        var bytes: Int
    }

    struct Failure: Encodable, Sendable {
        var time: String
        var route: String
        var status: Int
        var message: String
        var request_id: String
    }

    /// Seconds since the console started, the time axis of the charts.
    var at: Double
    /// RFC 3339.
    var time: String
    var version: String
    var styles: [Style]
    /// Whether new work is accepted; false while draining.
    var accepting: Bool
    /// Why the queue is unavailable; nil if it is available.
    var queue_problem: String?
    var traffic: Traffic
    var recent: Windows
    var jobs: Jobs
    var memory: Memory
    var process: Process
    var cache: Cache
    /// The latest first.
    var errors: [Failure]
}

extension AdminState {
    init(
        at: Double, configuration: AdminConfiguration, styles: [StyleDescription], snapshot: ServiceSnapshot,
        picturesMade: RecentLatency, reading: ProcessReading, coresUsed: Double?, latency: RecentLatency,
        errors: [RecentErrors.Entry]
    ) {
        self.at = at.rounded(to: 3)
        time = Self.text(Date())
        version = configuration.version
        self.styles = styles.map { Style(name: $0.name, title: $0.title, is_default: $0.isDefault) }
        accepting = snapshot.isTakingJobs
        queue_problem = snapshot.storeProblem
        let lastSecond = latency.history(seconds: 2).first
        traffic = Traffic(
            at: (at - 1).rounded(to: 3), requests: lastSecond?.requests ?? 0, errors: lastSecond?.errors ?? 0)
        recent = Windows(
            last_10s: Window(latency.summary(window: 10)), last_60s: Window(latency.summary(window: 60)),
            last_300s: Window(latency.summary(window: 300)))
        jobs = Jobs(snapshot, picturesPerSecond: picturesMade.summary(window: 10).requestsPerSecond)
        memory = Memory(
            resident_bytes: reading.residentBytes, limit_bytes: configuration.memoryLimit,
            jobs_bytes: snapshot.scheduler.memoryInUse,
            jobs_limit_bytes: snapshot.scheduler.memoryLimit == .max ? nil : snapshot.scheduler.memoryLimit)
        process = Process(
            cpu_seconds: reading.cpuSeconds?.rounded(to: 2), cores_used: coresUsed?.rounded(to: 3), open_files: reading.openFiles)
        cache = Cache(
            hits: snapshot.cache.hits, misses: snapshot.cache.misses, entries: snapshot.cache.entries, bytes: snapshot.cache.bytes
        )
        self.errors = errors.map {
            Failure(
                time: Self.text($0.time), route: $0.route, status: $0.status, message: $0.message, request_id: $0.requestID)
        }
    }

    private static func text(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}

extension AdminState.Window {
    init(_ summary: RecentLatency.Summary) {
        seconds = summary.seconds.rounded(to: 1)
        requests = summary.requests
        errors = summary.errors
        requests_per_second = summary.requestsPerSecond.rounded(to: 3)
        p50_seconds = summary.p50?.rounded(to: 6)
        p95_seconds = summary.p95?.rounded(to: 6)
        p99_seconds = summary.p99?.rounded(to: 6)
    }
}

extension AdminState.Jobs {
    init(_ snapshot: ServiceSnapshot, picturesPerSecond: Double) {
        let scheduler = snapshot.scheduler, store = snapshot.store
        running = scheduler.running
        slots = scheduler.slots
        pictures_per_second = picturesPerSecond.rounded(to: 3)
        waiting = scheduler.waiting
        queued = store.queued
        queued_bytes = store.queuedBytes
        running_everywhere = store.running
        workers = store.workers
        result_bytes = store.resultBytes
        predicted_wait_seconds = scheduler.predictedWait.rounded(to: 3)
        core_seconds_per_megapixel = scheduler.coreSecondsPerMegapixel?.rounded(to: 4)
    }
}
