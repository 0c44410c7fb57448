import Supervision
import Testing

@Suite struct PolicyTests {
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
        #expect(policy.requests(chance: 0) == 1_000)
        #expect(policy.requests(chance: 1) == 1_100)
        #expect(RecyclingPolicy().requests(chance: 1) == nil)
    }

    @Test func `a worker that was sound for a minute starts the count of deaths anew`() {
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

    @Test func `a load between the thresholds changes nothing for ever`() {
        var scaling = ScalingPolicy(), count = WorkerCount("1..8")!, workers = 4
        for _ in 0..<10_000 { workers = scaling.look(workers: workers, starting: 0, busy: 0.6, waiting: 0.2, count: count) }
        #expect(workers == 4)
        count = WorkerCount("5..8")!
        #expect(scaling.look(workers: workers, starting: 0, busy: 0.6, waiting: 0.2, count: count) == 5)
    }

    @Test func `a burst of one look starts nobody`() {
        var scaling = ScalingPolicy()
        let count = WorkerCount("1..8")!
        for look in 0..<100 {
            let workers = scaling.look(
                workers: 2, starting: 0, busy: look % 3 == 0 ? 1 : 0.7, waiting: 0, count: count)
            #expect(workers == 2)
        }
    }

    @Test func `work that waits brings half as many again`() {
        var scaling = ScalingPolicy()
        let count = WorkerCount("1..8")!
        let wanted = (0..<3).map { _ in scaling.look(workers: 4, starting: 0, busy: 1, waiting: 5, count: count) }
        #expect(wanted == [4, 4, 6])
    }

    @Test func `nobody is sent home whose work the others could not take on with ease`() {
        var scaling = ScalingPolicy()
        let count = WorkerCount("1..8")!
        for _ in 0..<500 { #expect(scaling.look(workers: 2, starting: 0, busy: 0.3, waiting: 0, count: count) == 2) }
    }

    @Test func `single busy seconds keep nobody whom the load on the whole does not need`() {
        var scaling = ScalingPolicy()
        let count = WorkerCount("1..8")!
        let wanted = (0..<200).map { look in
            let busy = look % 4 == 0 ? 0.4 : 0.15, waiting = look % 7 == 0 ? 0.4 : 0
            return scaling.look(workers: 2, starting: 0, busy: busy, waiting: waiting, count: count)
        }
        #expect(wanted.contains(1))
    }

    @Test func `after one went home the load is watched anew before another goes`() {
        var scaling = ScalingPolicy()
        let count = WorkerCount("1..8")!
        var workers = 4
        let changes = (0..<1_000).filter { _ in
            let wanted = scaling.look(workers: workers, starting: 0, busy: 0.4 / Double(workers), waiting: 0, count: count)
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
