package import JobQueue
package import Metrics

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
    package func jobsSwept(expired: Int, reclaimed: Int, deadLettered: Int, removed: Int) {
        let counts = ["expired": expired, "reclaimed": reclaimed, "parked": deadLettered, "removed": removed]
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
