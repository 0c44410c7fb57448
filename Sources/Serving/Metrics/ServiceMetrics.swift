package import JobQueue
package import Metrics
import Synchronization

/// What the service counts and measures, for the backend of swift-metrics. `ServiceMetrics.help` has a sentence for each.
///
/// Copies share their metrics. Every method may be called from any thread and returns at once. Routes are the service's own names
/// (`/v1/jobs/{id}`), never the paths that clients sent.
package struct ServiceMetrics: Sendable {
    private struct Request: Hashable {
        var route: String
        var method: String
        var status: Int
    }

    private struct Reason: Hashable {
        var route: String
        var reason: String
    }

    private let factory: any MetricsFactory
    private let gauges: ServiceGauges
    private let requests = KeptHandles<Request, Counter>()
    private let durations = KeptHandles<String, Timer>()
    private let rejections = KeptHandles<Reason, Counter>()
    private let errors = KeptHandles<Reason, Counter>()
    private let stages: [RequestStage: Timer]
    private let accepted: Counter
    private let finished: [JobState: Counter]
    private let swept: [String: Counter]
    private let cached: [PictureAnswer.CacheUse: Counter]

    /// Makes the metrics with `factory`; by default that which the process was set up with (none: nothing is measured).
    package init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        gauges = ServiceGauges(factory: factory)
        // Made beforehand, so that what has not happened yet is exposed as 0 and rates have a beginning.
        stages = Self.each(RequestStage.allCases) {
            Timer(label: "sakuga_stage_duration_seconds", dimensions: [("stage", $0.rawValue)], factory: factory)
        }
        accepted = Counter(label: "sakuga_jobs_accepted_total", factory: factory)
        finished = Self.each(JobState.allCases.filter(\.isFinal)) {
            Counter(label: "sakuga_jobs_finished_total", dimensions: [("state", $0.rawValue)], factory: factory)
        }
        swept = Self.each(["expired", "reclaimed", "parked", "removed"]) {
            Counter(label: "sakuga_jobs_swept_total", dimensions: [("action", $0)], factory: factory)
        }
        cached = Self.each([.hit, .miss, .bypass]) {
            Counter(label: "sakuga_cache_requests_total", dimensions: [("result", $0.rawValue)], factory: factory)
        }
    }

    /// A request was answered with `status`, so many seconds after it came.
    package func requestFinished(route: String, method: String, status: Int, seconds: Double) {
        let request = Request(route: route, method: MethodLabel.of(method), status: (100...599).contains(status) ? status : 0)
        requests.handle(for: request) {
            Counter(
                label: "sakuga_http_requests_total",
                dimensions: [("route", request.route), ("method", request.method), ("status", String(request.status))],
                factory: factory)
        }.increment()
        record(
            seconds,
            in: durations.handle(for: route) {
                Timer(label: "sakuga_http_request_duration_seconds", dimensions: [("route", route)], factory: factory)
            })
    }

    /// A request was sent away before its work began.
    package func rejected(route: String, reason: Rejection) {
        rejections.handle(for: Reason(route: route, reason: reason.rawValue)) {
            Counter(
                label: "sakuga_rejections_total", dimensions: [("route", route), ("reason", reason.rawValue)], factory: factory)
        }.increment()
    }

    /// A request got no picture, because of its own faults or ours.
    package func failed(route: String, kind: JobError.Kind) {
        let reason = kind.metricLabel
        errors.handle(for: Reason(route: route, reason: reason)) {
            Counter(label: "sakuga_errors_total", dimensions: [("route", route), ("reason", reason)], factory: factory)
        }.increment()
    }

    /// One stage of a request took so many seconds.
    package func stage(_ stage: RequestStage, seconds: Double) {
        if let timer = stages[stage] { record(seconds, in: timer) }
    }

    /// The stages that a result tells of; those with other names are left out.
    package func stages(_ timings: [StageTiming]) {
        for timing in timings {
            if let known = RequestStage(rawValue: timing.name) { stage(known, seconds: timing.seconds) }
        }
    }

    /// A job was put into the store.
    package func jobAccepted() { accepted.increment() }

    /// A job of the store reached its final state here.
    package func jobFinished(state: JobState) { finished[state]?.increment() }

    /// A sweep of the store did this, in jobs.
    package func jobsSwept(expired: Int, reclaimed: Int, parked: Int, removed: Int) {
        let counts = ["expired": expired, "reclaimed": reclaimed, "parked": parked, "removed": removed]
        for (action, count) in counts where count > 0 { swept[action]?.increment(by: count) }
    }

    /// A request was answered with or without the cache's help.
    package func cache(_ use: PictureAnswer.CacheUse) { cached[use]?.increment() }

    /// A style is served by the weights that have this digest.
    package func modelInfo(style: String, digest: String) {
        Meter(label: "sakuga_model_info", dimensions: [("style", style), ("digest", digest)], factory: factory).set(1)
    }

    /// Sets all gauges to what is the case now; meant to be called before each scrape.
    package func observe(_ readings: ServiceReadings) { gauges.set(readings) }

    /// Timers turn what is no number into a trap.
    private func record(_ seconds: Double, in timer: Timer) {
        if seconds.isFinite { timer.recordSeconds(max(0, seconds)) }
    }

    private static func each<Key: Hashable, Handle>(_ keys: [Key], make: (Key) -> Handle) -> [Key: Handle] {
        Dictionary(uniqueKeysWithValues: keys.map { ($0, make($0)) })
    }
}

extension ServiceMetrics {
    /// A sentence for each of the service's metrics, by the names under which they are exposed.
    package static let help: [String: String] = [
        "sakuga_http_requests_total": "Requests answered, by route, method and status.",
        "sakuga_http_request_duration_seconds": "Seconds from a request's first byte to the end of its answer, by route.",
        "sakuga_rejections_total": "Requests sent away before their work began, by route and reason.",
        "sakuga_errors_total": "Requests that got no picture, by route and kind of error.",
        "sakuga_stage_duration_seconds": "Seconds that each stage of a request took.",
        "sakuga_jobs_accepted_total": "Jobs put into the job store.",
        "sakuga_jobs_finished_total": "Jobs of the store that reached their final state here.",
        "sakuga_jobs_swept_total":
            "Jobs of the store that expired, were taken back from silent workers, failed for killing their workers, or were removed.",
        "sakuga_cache_requests_total":
            "Requests that the result cache answered (hit), did not (miss), or was not asked for (bypass).",
        "sakuga_model_info": "1 for each style that is served, with the digest of its weights.",
        "sakuga_running_jobs": "Jobs that run in this process.",
        "sakuga_waiting_jobs": "Jobs that wait in this process, direct ones and those taken from the store.",
        "sakuga_job_slots": "Jobs that can run at once.",
        "sakuga_predicted_wait_seconds": "Seconds after which a job of 512 by 512 pixels that comes now would be done.",
        "sakuga_core_seconds_per_megapixel": "Seconds of one core that a megapixel takes, as measured lately.",
        "sakuga_job_memory_bytes": "Bytes that the running jobs may allocate.",
        "sakuga_job_memory_limit_bytes": "Bytes that running jobs may allocate in all.",
        "sakuga_queue_up": "1 while the job store can be reached.",
        "sakuga_queue_jobs": "Jobs that wait in the job store.",
        "sakuga_queue_bytes": "Bytes of the pictures that wait in the job store.",
        "sakuga_queue_running_jobs": "Jobs of the store in workers' hands, of all processes that share it.",
        "sakuga_queue_result_bytes": "Bytes of the results in the job store.",
        "sakuga_queue_workers": "Workers that share the job store.",
        "sakuga_cache_entries": "Pictures in the result cache.",
        "sakuga_cache_bytes": "Bytes of the pictures in the result cache.",
        "sakuga_connections": "Open connections of clients.",
        "sakuga_cores": "Cores that the service uses.",
        "sakuga_ready": "1 while the service takes work.",
    ]
}

/// Metrics that were made once, by their labels, so that the hot path neither builds labels nor searches the backend for them.
final class KeptHandles<Key: Hashable & Sendable, Handle: Sendable>: Sendable {
    private let handles = Mutex<[Key: Handle]>([:])
    private let limit: Int

    /// Keeps at most `limit` handles. Later ones are made each time, which the backend bounds in its own way.
    init(limit: Int = 1_000) {
        self.limit = limit
    }

    func handle(for key: Key, make: @Sendable () -> Handle) -> Handle {
        if let known = handles.withLock({ $0[key] }) { return known }
        let made = make()
        return handles.withLock { handles in
            if handles.count < limit { handles[key] = made }
            return made
        }
    }
}

/// Why a request was sent away before its work began.
package enum Rejection: String, Sendable, CaseIterable {
    /// As many jobs wait as may, or as many bytes.
    case queueFull = "queue_full"
    /// The wait would be longer than allowed, and queueing is off.
    case tooSlow = "too_slow"
    /// The request's own deadline can't be met.
    case deadline
    /// The client has sent more than its share.
    case rateLimited = "rate_limited"
    /// The service is about to stop.
    case draining
    /// The model is still being loaded.
    case starting
    /// The body has more bytes than allowed.
    case bodyTooLarge = "body_too_large"
    /// There is no key, or an unknown one.
    case unauthorized
    /// The key does not allow this.
    case forbidden
    /// As many connections are open as may.
    case tooManyConnections = "too_many_connections"
    /// The job store can't be reached.
    case storeUnavailable = "store_unavailable"
    /// The work would need more memory than there is.
    case outOfMemory = "out_of_memory"
}

/// The stages of a request, in their order.
package enum RequestStage: String, Sendable, CaseIterable {
    case receive
    case queue
    case decode
    case infer
    case encode
    case send
}

extension JobError.Kind {
    /// The kind as metrics name it: `unsupported_image`.
    package var metricLabel: String {
        var label = ""
        for character in rawValue {
            label += character.isUppercase ? "_" + character.lowercased() : String(character)
        }
        return label
    }
}

/// HTTP methods as metrics name them; what clients make up is `OTHER`, lest each of their words become a metric.
enum MethodLabel {
    private static let known: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    static func of(_ method: String) -> String { known.contains(method) ? method : "OTHER" }
}
