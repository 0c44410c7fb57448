import Supervision
import Testing

@Suite struct PoolPolicyTests {
    @Test(arguments: [("4", "4"), ("2..8", "2..8"), ("3..3", "3"), ("1", "1")])
    func `numbers of workers are read`(_ text: String, _ shown: String) throws {
        #expect("\(try #require(WorkerCount(text)))" == shown)
    }

    @Test(arguments: ["", "0", "-1", "8..2", "2..", "..4", "a", "2...8", "1..2..3", "1000", "4.5", "0..4"])
    func `what is no number of workers is refused`(_ text: String) {
        #expect(WorkerCount(text) == nil)
    }

    @Test(arguments: 1...9, 1...9)
    func `cores are divided among workers without more threads than cores, unless there are more workers`(
        cores: Int, workers: Int
    ) {
        let share = CoreShare(cores: cores, workers: workers)
        let threads = (0..<workers).map { share.threads(slot: $0) }
        #expect(threads.reduce(0, +) == max(cores, workers))
        #expect((threads.max() ?? 0) - (threads.min() ?? 0) <= 1)
        #expect(share.isOversubscribed == (workers > cores))
    }

    @Test func `the number of requests of a worker is spread by a tenth`() {
        let policy = RecyclingPolicy(maximumRequests: 1_000)
        #expect(policy.requestLimit(jitter: 0) == 1_000)
        #expect(policy.requestLimit(jitter: 1) == 1_100)
        #expect(RecyclingPolicy().requestLimit(jitter: 1) == nil)
    }

    @Test func `a worker that served for a minute resets the count of deaths`() {
        var backoff = RestartBackoff()
        for _ in 0..<5 { backoff.died(at: 0, served: 0, chance: 0.5) }
        #expect(!backoff.allows(1))
        backoff.died(at: 100, served: 61, chance: 0.5)
        #expect(backoff.allows(100))
    }

    @Test func `no pause is longer than the longest`() {
        var backoff = RestartBackoff()
        for _ in 0..<100 { backoff.died(at: 0, served: 0, chance: 1) }
        #expect(backoff.allows(RestartBackoff.longest * 1.25))
    }

    @Test func `a load between the thresholds never changes the number of workers`() {
        var scaling = ScalingPolicy(), count = WorkerCount("1..8")!, workers = 4
        for _ in 0..<10_000 {
            workers = scaling.evaluate(workers: workers, starting: 0, utilization: 0.6, wait: 0.2, count: count)
        }
        #expect(workers == 4)
        count = WorkerCount("5..8")!
        #expect(scaling.evaluate(workers: workers, starting: 0, utilization: 0.6, wait: 0.2, count: count) == 5)
    }

    @Test func `a burst of one evaluation starts no worker`() {
        var scaling = ScalingPolicy()
        let count = WorkerCount("1..8")!
        for second in 0..<100 {
            let workers = scaling.evaluate(
                workers: 2, starting: 0, utilization: second % 3 == 0 ? 1 : 0.7, wait: 0, count: count)
            #expect(workers == 2)
        }
    }

    @Test func `waiting work brings half as many workers again`() {
        var scaling = ScalingPolicy()
        let count = WorkerCount("1..8")!
        let wanted = (0..<3).map { _ in scaling.evaluate(workers: 4, starting: 0, utilization: 1, wait: 5, count: count) }
        #expect(wanted == [4, 4, 6])
    }

    @Test func `a worker stays whose work the others could not easily take over`() {
        var scaling = ScalingPolicy()
        let count = WorkerCount("1..8")!
        for _ in 0..<500 { #expect(scaling.evaluate(workers: 2, starting: 0, utilization: 0.3, wait: 0, count: count) == 2) }
    }

    @Test func `single busy seconds do not keep a worker that the load on average does not need`() {
        var scaling = ScalingPolicy()
        let count = WorkerCount("1..8")!
        let wanted = (0..<200).map { second in
            let utilization = second % 4 == 0 ? 0.4 : 0.15, wait = second % 7 == 0 ? 0.4 : 0
            return scaling.evaluate(workers: 2, starting: 0, utilization: utilization, wait: wait, count: count)
        }
        #expect(wanted.contains(1))
    }

    @Test func `after scaling down the load is averaged anew before another worker goes`() {
        var scaling = ScalingPolicy()
        let count = WorkerCount("1..8")!
        var workers = 4
        let changes = (0..<1_000).filter { _ in
            let wanted = scaling.evaluate(
                workers: workers, starting: 0, utilization: 0.4 / Double(workers), wait: 0, count: count)
            defer { workers = wanted }
            return wanted != workers
        }
        #expect(workers == 1)
        #expect(changes == [59, 119, 179])
    }

    @Test func `metrics of several workers become one text`() {
        let one =
            "# HELP a A.\n# TYPE a counter\na{x=\"1\"} 3\na 4\n# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 2\nh_count 1\n"
        let two = "# HELP a A.\n# TYPE a counter\na{x=\"1\"} 5\n# HELP b B.\n# TYPE b gauge\nb{} 1\n"
        let merged = ExpositionMerge.merge([(name: "0", text: one), (name: "1", text: two)])
        #expect(
            merged == """
                # HELP a A.
                # TYPE a counter
                a{worker="0",x="1"} 3
                a{worker="0"} 4
                a{worker="1",x="1"} 5
                # HELP h H.
                # TYPE h histogram
                h_bucket{worker="0",le="1"} 1
                h_sum{worker="0"} 2
                h_count{worker="0"} 1
                # HELP b B.
                # TYPE b gauge
                b{worker="1"} 1

                """)
    }
}
