import JobQueue
import Serving
import Telemetry
import Testing

@Suite struct ServiceMetricsTests {
    private let registry = PrometheusRegistry(help: ServiceMetrics.help)

    /// The sample lines whose name begins with `prefix`.
    private func lines(_ prefix: String) -> [String] {
        registry.exposition().split(separator: "\n").map(String.init).filter { $0.hasPrefix(prefix) }
    }

    @Test func `requests are counted by route, method and status, and timed by route`() {
        let metrics = ServiceMetrics(factory: registry)
        metrics.requestFinished(route: "/v1/stylize", method: "POST", status: 200, seconds: 0.2)
        metrics.requestFinished(route: "/v1/stylize", method: "POST", status: 200, seconds: 4)
        metrics.requestFinished(route: "/v1/stylize", method: "BREW", status: 9_999, seconds: .nan)
        #expect(
            lines("sakuga_http_requests_total{") == [
                #"sakuga_http_requests_total{method="OTHER",route="/v1/stylize",status="0"} 1"#,
                #"sakuga_http_requests_total{method="POST",route="/v1/stylize",status="200"} 2"#,
            ])
        #expect(
            lines("sakuga_http_request_duration_seconds_count") == [
                #"sakuga_http_request_duration_seconds_count{route="/v1/stylize"} 2"#
            ])
        #expect(
            lines("sakuga_http_request_duration_seconds_bucket").contains(
                #"sakuga_http_request_duration_seconds_bucket{route="/v1/stylize",le="3"} 1"#))
    }

    @Test func `rejections and errors are counted by reason`() {
        let metrics = ServiceMetrics(factory: registry)
        metrics.rejected(route: "/v1/jobs", reason: .queueFull)
        metrics.failed(route: "/v1/jobs", kind: .unsupportedImage)
        metrics.failed(route: "/v1/jobs", kind: .internal)
        #expect(lines("sakuga_rejections_total{") == [#"sakuga_rejections_total{reason="queue_full",route="/v1/jobs"} 1"#])
        #expect(
            lines("sakuga_errors_total{") == [
                #"sakuga_errors_total{reason="internal",route="/v1/jobs"} 1"#,
                #"sakuga_errors_total{reason="unsupported_image",route="/v1/jobs"} 1"#,
            ])
    }

    @Test func `stages, jobs and the cache begin at zero and count`() {
        let metrics = ServiceMetrics(factory: registry)
        #expect(lines("sakuga_stage_duration_seconds_count").count == RequestStage.allCases.count)
        #expect(lines("sakuga_jobs_finished_total{state=\"expired\"}") == [#"sakuga_jobs_finished_total{state="expired"} 0"#])
        metrics.stages([StageTiming(name: "infer", seconds: 0.1), StageTiming(name: "something", seconds: 1)])
        metrics.stage(.send, seconds: -1)
        metrics.jobAccepted()
        metrics.jobFinished(state: .done)
        metrics.jobFinished(state: .running)
        metrics.jobsSwept(expired: 1, reclaimed: 2, deadLettered: 0, removed: 4)
        metrics.cache(.hit)
        #expect(
            lines("sakuga_stage_duration_seconds_count{stage=\"infer\"}") == [
                #"sakuga_stage_duration_seconds_count{stage="infer"} 1"#
            ])
        #expect(
            lines("sakuga_stage_duration_seconds_sum{stage=\"send\"}") == [#"sakuga_stage_duration_seconds_sum{stage="send"} 0"#])
        #expect(lines("sakuga_jobs_accepted_total ") == ["sakuga_jobs_accepted_total 1"])
        #expect(
            lines("sakuga_jobs_finished_total{").filter { $0.hasSuffix(" 1") } == [#"sakuga_jobs_finished_total{state="done"} 1"#]
        )
        #expect(
            lines("sakuga_jobs_swept_total{") == [
                #"sakuga_jobs_swept_total{action="expired"} 1"#, #"sakuga_jobs_swept_total{action="parked"} 0"#,
                #"sakuga_jobs_swept_total{action="reclaimed"} 2"#, #"sakuga_jobs_swept_total{action="removed"} 4"#,
            ])
        #expect(lines("sakuga_cache_requests_total{result=\"hit\"}") == [#"sakuga_cache_requests_total{result="hit"} 1"#])
    }

    @Test func `readings set the gauges, and an unknown value is NaN`() {
        let metrics = ServiceMetrics(factory: registry)
        let load = SchedulerLoad(running: 2, waiting: 3, slots: 4, predictedWait: 1.5, memoryInUse: 1_000, memoryLimit: 5_000)
        let store = JobStoreLoad(queued: 7, queuedBytes: 70, running: 1, resultBytes: 9, workers: 2)
        metrics.observe(ServiceReadings(scheduler: load, store: store, cacheEntries: 5, cacheBytes: 55, connections: 6, cores: 8))
        let expected = [
            "running_jobs 2", "waiting_jobs 3", "job_slots 4", "predicted_wait_seconds 1.5", "core_seconds_per_megapixel NaN",
            "job_memory_bytes 1000", "job_memory_limit_bytes 5000", "queue_up 1", "queue_jobs 7", "queue_bytes 70",
            "queue_running_jobs 1", "queue_result_bytes 9", "queue_workers 2", "cache_entries 5", "cache_bytes 55",
            "connections 6", "cores 8", "ready 1",
        ]
        for line in expected { #expect(lines("sakuga_" + line) == ["sakuga_" + line]) }
        metrics.observe(ServiceReadings(scheduler: load, store: nil))
        #expect(lines("sakuga_queue_up ") == ["sakuga_queue_up 0"])
        #expect(lines("sakuga_queue_jobs ") == ["sakuga_queue_jobs NaN"])
    }

    @Test func `every metric has a help text, and every help text a metric`() {
        let metrics = ServiceMetrics(factory: registry)
        metrics.requestFinished(route: "/", method: "GET", status: 200, seconds: 0)
        metrics.rejected(route: "/", reason: .draining)
        metrics.failed(route: "/", kind: .badRequest)
        metrics.modelInfo(style: "hayao", digest: "abc")
        #expect(lines("sakuga_model_info{") == [#"sakuga_model_info{digest="abc",style="hayao"} 1"#])
        var exposed = Set(lines("# TYPE sakuga_").map { String($0.split(separator: " ")[2]) })
        #expect(exposed.remove("sakuga_metrics_dropped_total") != nil)
        #expect(exposed == Set(ServiceMetrics.help.keys))
        #expect(lines("# HELP sakuga_").count == exposed.count + 1)
    }

    @Test func `many tasks count at once and nothing is lost`() async {
        let metrics = ServiceMetrics(factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for index in 0..<500 {
                        metrics.requestFinished(route: "/\(task % 2)", method: "GET", status: 200 + index % 2, seconds: 0.01)
                    }
                }
            }
        }
        let counts = lines("sakuga_http_requests_total{").map { $0.split(separator: " ").last.map(String.init) }
        #expect(counts == ["1000", "1000", "1000", "1000"])
        #expect(lines("sakuga_metrics_dropped_total") == ["sakuga_metrics_dropped_total 0"])
    }
}
