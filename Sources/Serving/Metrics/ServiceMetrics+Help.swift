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
