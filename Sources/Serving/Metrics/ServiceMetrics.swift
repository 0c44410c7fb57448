package import JobQueue
package import Metrics
import Synchronization

/// The service's metrics, made with swift-metrics. ``help`` describes each.
///
/// Copies share their metrics. Every method may be called from any thread and returns at once. Routes are names such as
/// `/v1/jobs/{id}`, never the paths that clients sent.
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
    private let requests = MetricHandleCache<Request, Counter>()
    private let durations = MetricHandleCache<String, Timer>()
    private let rejections = MetricHandleCache<Reason, Counter>()
    private let errors = MetricHandleCache<Reason, Counter>()
    private let stages: [RequestStage: Timer]
    private let accepted: Counter
    private let finished: [JobState: Counter]
    private let swept: [String: Counter]
    private let cached: [PictureResponse.CacheStatus: Counter]

    /// Creates the metrics with `factory`, by default the one that the process was bootstrapped with (without one, nothing is measured).
    package init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        gauges = ServiceGauges(factory: factory)
        // Created in advance, so that counters start at 0 in the exposition and rates have a first value.
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

    /// A request was answered with `status`, `seconds` after its arrival.
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

    /// A request was rejected before its work began.
    package func rejected(route: String, reason: Rejection) {
        rejections.handle(for: Reason(route: route, reason: reason.rawValue)) {
            Counter(
                label: "sakuga_rejections_total", dimensions: [("route", route), ("reason", reason.rawValue)], factory: factory)
        }.increment()
    }

    /// A request failed, by the client's fault or by ours.
    package func failed(route: String, kind: JobError.Kind) {
        let reason = kind.metricLabel
        errors.handle(for: Reason(route: route, reason: reason)) {
            Counter(label: "sakuga_errors_total", dimensions: [("route", route), ("reason", reason)], factory: factory)
        }.increment()
    }

    /// One stage of a request took `seconds`.
    package func stage(_ stage: RequestStage, seconds: Double) {
        if let timer = stages[stage] { record(seconds, in: timer) }
    }

    /// Records the stages of a result; unknown stages are ignored.
    package func stages(_ timings: [StageTiming]) {
        for timing in timings {
            if let known = RequestStage(rawValue: timing.name) { stage(known, seconds: timing.seconds) }
        }
    }

    /// A job was added to the store.
    package func jobAccepted() { accepted.increment() }

    /// A job of the store reached its final state here.
    package func jobFinished(state: JobState) { finished[state]?.increment() }

    /// A sweep of the store handled these numbers of jobs.
    package func jobsSwept(expired: Int, reclaimed: Int, deadLettered: Int, removed: Int) {
        let counts = ["expired": expired, "reclaimed": reclaimed, "parked": deadLettered, "removed": removed]
        for (action, count) in counts where count > 0 { swept[action]?.increment(by: count) }
    }

    /// The result cache answered a request, or did not.
    package func cache(_ status: PictureResponse.CacheStatus) { cached[status]?.increment() }

    /// A style is served with the weights of this digest.
    package func modelInfo(style: String, digest: String) {
        Meter(label: "sakuga_model_info", dimensions: [("style", style), ("digest", digest)], factory: factory).set(1)
    }

    /// Sets all gauges; called before each scrape.
    package func observe(_ readings: ServiceReadings) { gauges.set(readings) }

    /// `Timer` traps on NaN and infinity.
    private func record(_ seconds: Double, in timer: Timer) {
        if seconds.isFinite { timer.recordSeconds(max(0, seconds)) }
    }

    private static func each<Key: Hashable, Handle>(_ keys: [Key], make: (Key) -> Handle) -> [Key: Handle] {
        Dictionary(uniqueKeysWithValues: keys.map { ($0, make($0)) })
    }
}

extension ServiceMetrics {
    /// A sentence for each metric, by its exposed name.
    package static let help: [String: String] = [
        "sakuga_http_requests_total": "Requests answered, by route, method and status.",
        "sakuga_http_request_duration_seconds": "Seconds from the first byte of a request to the end of its response, by route.",
        "sakuga_rejections_total": "Requests rejected before their work began, by route and reason.",
        "sakuga_errors_total": "Requests that failed, by route and kind of error.",
        "sakuga_stage_duration_seconds": "Seconds that each stage of a request took.",
        "sakuga_jobs_accepted_total": "Jobs added to the job store.",
        "sakuga_jobs_finished_total": "Jobs of the store that reached their final state in this process.",
        "sakuga_jobs_swept_total":
            "Jobs of the store that expired, were reclaimed from unresponsive workers, failed because they killed their workers, or were removed.",
        "sakuga_cache_requests_total":
            "Requests that the result cache answered (hit), did not (miss), or was not asked for (bypass).",
        "sakuga_model_info": "Always 1; one series for each style that is served, with the digest of its weights.",
        "sakuga_running_jobs": "Jobs running in this process.",
        "sakuga_waiting_jobs": "Jobs waiting in this process: direct ones and those claimed from the store.",
        "sakuga_job_slots": "Jobs that can run at once.",
        "sakuga_predicted_wait_seconds": "Predicted seconds until a job of 512 by 512 pixels that arrives now would be done.",
        "sakuga_core_seconds_per_megapixel": "Core-seconds per megapixel, as measured lately.",
        "sakuga_job_memory_bytes": "Bytes that the running jobs may allocate.",
        "sakuga_job_memory_limit_bytes": "Bytes that all running jobs together may allocate.",
        "sakuga_queue_up": "1 while the job store can be reached.",
        "sakuga_queue_jobs": "Jobs waiting in the job store.",
        "sakuga_queue_bytes": "Bytes of the pictures waiting in the job store.",
        "sakuga_queue_running_jobs": "Jobs of the store that workers have claimed, in all processes that share it.",
        "sakuga_queue_result_bytes": "Bytes of the results in the job store.",
        "sakuga_queue_workers": "Workers that share the job store.",
        "sakuga_cache_entries": "Pictures in the result cache.",
        "sakuga_cache_bytes": "Bytes of the pictures in the result cache.",
        "sakuga_connections": "Open client connections.",
        "sakuga_cores": "Cores that the service uses.",
        "sakuga_ready": "1 while the service takes work.",
    ]
}

/// Metric handles by their labels, so that the hot path neither builds labels nor looks them up in the backend.
final class MetricHandleCache<Key: Hashable & Sendable, Handle: Sendable>: Sendable {
    private let handles = Mutex<[Key: Handle]>([:])
    private let limit: Int

    /// Keeps at most `limit` handles. Further ones are made on each use; the backend has its own bound for them.
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

/// Why a request was rejected before its work began.
package enum Rejection: String, Sendable, CaseIterable {
    /// The queue holds its maximum of jobs or bytes.
    case queueFull = "queue_full"
    /// The predicted wait is longer than allowed, and queueing is off.
    case tooSlow = "too_slow"
    /// The request's own deadline cannot be met.
    case deadline
    /// The client has exceeded its rate limit.
    case rateLimited = "rate_limited"
    /// The service is about to stop.
    case draining
    /// The model is still being loaded.
    case starting
    /// The body is larger than allowed.
    case bodyTooLarge = "body_too_large"
    /// The API key is missing or unknown.
    case unauthorized
    /// The key does not allow this.
    case forbidden
    /// The maximum number of connections is open.
    case tooManyConnections = "too_many_connections"
    /// The job store cannot be reached.
    case storeUnavailable = "store_unavailable"
    /// The work needs more memory than there is.
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
    /// The kind as a label value, such as `unsupported_image`.
    package var metricLabel: String {
        var label = ""
        for character in rawValue {
            label += character.isUppercase ? "_" + character.lowercased() : String(character)
        }
        return label
    }
}

/// HTTP methods as label values. Unknown ones are `OTHER`, so that clients cannot create series.
enum MethodLabel {
    private static let known: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    static func of(_ method: String) -> String { known.contains(method) ? method : "OTHER" }
}
