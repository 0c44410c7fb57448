import CoreMetrics
import Telemetry
import Testing

@Suite struct PrometheusRegistryTests {
    private let dropped = """
        # HELP sakuga_metrics_dropped_total Metrics that share the labels "other" or were dropped because of a limit.
        # TYPE sakuga_metrics_dropped_total counter
        sakuga_metrics_dropped_total 0

        """

    @Test func `counters, gauges and histograms are sorted by name, in every exposition`() {
        let registry = PrometheusRegistry(
            help: ["requests_total": "Requests.", "wait_seconds": "Waiting."], buckets: ["wait_seconds": [1, 0.25, .infinity]])
        Counter(label: "requests", dimensions: [("status", "200"), ("route", "/b")], factory: registry).increment(by: 3)
        Counter(label: "requests", dimensions: [("route", "/a"), ("status", "200")], factory: registry).increment()
        Gauge(label: "queue.jobs", factory: registry).record(2.5)
        let timer = Timer(label: "wait", dimensions: [("stage", "queue")], factory: registry)
        for milliseconds in [100, 250, 251, 4_000] { timer.recordMilliseconds(milliseconds) }
        let expected = """
            # TYPE queue_jobs gauge
            queue_jobs 2.5
            # HELP requests_total Requests.
            # TYPE requests_total counter
            requests_total{route="/a",status="200"} 1
            requests_total{route="/b",status="200"} 3
            \(dropped)\
            # HELP wait_seconds Waiting.
            # TYPE wait_seconds histogram
            wait_seconds_bucket{stage="queue",le="0.25"} 2
            wait_seconds_bucket{stage="queue",le="1"} 3
            wait_seconds_bucket{stage="queue",le="+Inf"} 4
            wait_seconds_sum{stage="queue"} 4.601
            wait_seconds_count{stage="queue"} 4

            """
        #expect(registry.exposition() == expected)
        #expect(registry.exposition() == expected)
    }

    @Test func `equal labels and dimensions are the same metric, in any order of the dimensions`() {
        let registry = PrometheusRegistry()
        Counter(label: "x_total", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "x_total", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        #expect(registry.lines(of: "x_total") == [#"x_total{a="1",b="2"} 2"#])
    }

    @Test func `label values are escaped and truncated, and names are sanitized`() {
        let registry = PrometheusRegistry(help: ["1_x_total": "no", "_1_x_y:z_total": "back\\slash\nand line"])
        Counter(
            label: "1.x-y:z", dimensions: [("a b", "q\"b\\n\n\u{e9}"), ("__own", "1"), ("le", "2"), ("", "3")], factory: registry
        ).increment()
        #expect(
            registry.lines(of: "_1_x_y:z_total") == [#"_1_x_y:z_total{_="3",_own="1",a_b="q\"b\\n\né",exported_le="2"} 1"#])
        #expect(registry.exposition().contains("# HELP _1_x_y:z_total back\\\\slash\\nand line\n"))
        Counter(label: "long", dimensions: [("a", String(repeating: "é", count: 500))], factory: registry).increment()
        #expect(registry.lines(of: "long_total") == ["long_total{a=\"\(String(repeating: "é", count: 200))\"} 1"])
    }

    @Test func `combinations beyond the limit share a series named other`() {
        let registry = PrometheusRegistry(limits: .init(combinations: 3))
        for user in 0..<10 {
            Counter(label: "visits", dimensions: [("user", "\(user)")], factory: registry).increment()
        }
        Counter(label: "visits", dimensions: [("user", "1")], factory: registry).increment()
        #expect(
            registry.lines(of: "visits_total") == [
                #"visits_total{user="0"} 1"#, #"visits_total{user="1"} 2"#, #"visits_total{user="2"} 1"#,
                #"visits_total{user="other"} 7"#,
            ])
        #expect(registry.lines(of: "sakuga_metrics_dropped_total") == ["sakuga_metrics_dropped_total 7"])
    }

    @Test func `a metric whose name is in use for another type is dropped and counted`() {
        let registry = PrometheusRegistry()
        Timer(label: "t", factory: registry).recordSeconds(1)
        Counter(label: "x", factory: registry).increment()
        Meter(label: "x_total", factory: registry).set(7)
        Meter(label: "t_seconds_count", factory: registry).set(7)
        Meter(label: "h_sum", factory: registry).set(7)
        Recorder(label: "h", factory: registry).record(1)
        #expect(registry.lines(of: "x_total") == ["x_total 1"])
        #expect(registry.lines(of: "t_seconds_count") == ["t_seconds_count 1"])
        #expect(registry.lines(of: "h_sum") == ["h_sum 7"])
        #expect(registry.lines(of: "sakuga_metrics_dropped_total") == ["sakuga_metrics_dropped_total 3"])
    }

    @Test func `the number of names is limited`() {
        let registry = PrometheusRegistry(limits: .init(names: 2))
        for index in 0..<5 { Counter(label: "c\(index)", factory: registry).increment() }
        #expect(registry.lines(of: "c1_total") == ["c1_total 1"])
        #expect(registry.lines(of: "c2_total") == [])
        #expect(registry.lines(of: "sakuga_metrics_dropped_total") == ["sakuga_metrics_dropped_total 3"])
    }

    @Test func `counters only rise, add fractions, and can be reset`() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "x", factory: registry), floating = FloatingPointCounter(label: "x", factory: registry)
        counter.increment(by: 2)
        counter.increment(by: -5)
        floating.increment(by: 0.5)
        floating.increment(by: -0.25)
        floating.increment(by: Double.nan)
        #expect(registry.lines(of: "x_total") == ["x_total 2.5"])
        counter.reset()
        #expect(registry.lines(of: "x_total") == ["x_total 0"])
    }

    @Test func `numbers are written as Prometheus reads them`() {
        let registry = PrometheusRegistry()
        let values = ["a": Double.infinity, "b": -.infinity, "c": .nan, "d": -0.0, "e": 5e-7, "f": 1e21, "g": 123_456_789_012]
        for (name, value) in values { Meter(label: name, factory: registry).set(value) }
        let lines = registry.exposition().split(separator: "\n").filter { $0.first != "#" }.map(String.init)
        #expect(
            lines == [
                "a +Inf", "b -Inf", "c NaN", "d 0", "e 5e-07", "f 1e+21", "g 123456789012", "sakuga_metrics_dropped_total 0",
            ])
    }

    @Test func `a meter goes up and down`() {
        let registry = PrometheusRegistry()
        let meter = Meter(label: "m", factory: registry)
        meter.set(10)
        meter.increment(by: 2.5)
        meter.decrement()
        #expect(registry.lines(of: "m") == ["m 11.5"])
    }

    @Test func `histograms ignore NaN and infinity, and negative durations count as zero`() {
        let registry = PrometheusRegistry(buckets: ["r": [1], "t_seconds": [1]])
        let recorder = Recorder(label: "r", factory: registry)
        for value in [Double.nan, .infinity, 0.5] { recorder.record(value) }
        recorder.record(3)
        Timer(label: "t", factory: registry).recordNanoseconds(-5)
        #expect(
            registry.lines(of: "r") == [#"r_bucket{le="1"} 1"#, #"r_bucket{le="+Inf"} 2"#, "r_sum 3.5", "r_count 2"])
        #expect(registry.lines(of: "t_seconds").suffix(2) == ["t_seconds_sum 0", "t_seconds_count 1"])
    }

    @Test func `a histogram without configured buckets has those of its unit`() {
        let registry = PrometheusRegistry()
        Timer(label: "t", factory: registry).recordSeconds(1)
        Recorder(label: "upload_bytes", factory: registry).record(5_000)
        let seconds = registry.lines(of: "t_seconds")
        #expect(seconds.first == #"t_seconds_bucket{le="0.005"} 0"#)
        #expect(seconds.contains(#"t_seconds_bucket{le="60"} 1"#))
        #expect(registry.lines(of: "upload_bytes").contains(#"upload_bytes_bucket{le="16384"} 1"#))
    }

    @Test func `a destroyed metric is gone, and starts again at zero`() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "x", factory: registry)
        counter.increment()
        counter.destroy()
        #expect(registry.lines(of: "x_total") == [])
        Counter(label: "x", factory: registry).increment()
        #expect(registry.lines(of: "x_total") == ["x_total 1"])
    }

    @Test func `collected values are read at each exposition, and registered ones take precedence`() async {
        let registry = PrometheusRegistry()
        let calls = CallCounter()
        registry.gauge("length", help: "How long.", labels: [("of", "line")]) { Double(calls.next()) }
        registry.gauge("length", help: "How long.", labels: [("of", "queue")]) { 9 }
        registry.gauge("taken", help: "Taken.") { 1 }
        Meter(label: "taken", factory: registry).set(2)
        let level = Meter(label: "level", factory: registry)
        registry.beforeScrape { level.set(calls.next()) }
        #expect(registry.lines(of: "length") == [#"length{of="line"} 1"#, #"length{of="queue"} 9"#])
        #expect(registry.lines(of: "taken") == ["taken 2"])
        let scraped = await registry.scrape()
        #expect(scraped.contains("\nlevel 3\n"))
        #expect(scraped.contains("length{of=\"line\"} 4\n"))
    }

    @Test func `many tasks record at once and nothing is lost`() async {
        let registry = PrometheusRegistry(buckets: ["t_seconds": [1]])
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "c", dimensions: [("task", "\(task % 2)")], factory: registry)
                    let floating = FloatingPointCounter(label: "f", factory: registry)
                    let timer = Timer(label: "t", factory: registry)
                    for index in 0..<1_000 {
                        counter.increment()
                        floating.increment(by: 0.5)
                        timer.recordMilliseconds(index % 2 == 0 ? 500 : 1_500)
                        if index % 250 == 0 { _ = registry.exposition() }
                    }
                }
            }
        }
        #expect(registry.lines(of: "c_total") == [#"c_total{task="0"} 4000"#, #"c_total{task="1"} 4000"#])
        #expect(registry.lines(of: "f_total") == ["f_total 4000"])
        #expect(
            registry.lines(of: "t_seconds") == [
                #"t_seconds_bucket{le="1"} 4000"#, #"t_seconds_bucket{le="+Inf"} 8000"#, "t_seconds_sum 8000",
                "t_seconds_count 8000",
            ])
    }
}
