import GoldenPictures
import Supervision
import Testing

@Suite struct PoolControllerTests {
    @Test func `all workers start at once, each with its share of the cores`() {
        var pool = PoolUnderTest("3", cores: 4)
        pool.pass(0.1)
        #expect(pool.started.map(\.slot) == [0, 1, 2])
        #expect(pool.started.map(\.threads) == [2, 1, 1])
        #expect(pool.admitted.isEmpty)
        pool.ready(1)
        #expect(pool.admitted == [1])
    }

    @Test func `a worker that dies is restarted at once, and ever later if it keeps dying`() {
        var pool = PoolUnderTest("1")
        pool.pass(0.1)
        pool.ready(1)
        pool.pass(5)
        pool.end(1)
        #expect(pool.started.count == 2)
        var gaps: [Double] = []
        for _ in 0..<6 {
            let id = pool.started[pool.started.count - 1].id, count = pool.started.count, died = pool.now
            pool.end(id)
            while pool.started.count == count, pool.now < died + 60 { pool.pass(0.1) }
            gaps.append(pool.now - died)
        }
        #expect(zip(gaps, gaps.dropFirst()).allSatisfy { $0 < $1 })
        #expect(gaps[5] > 5)
        #expect(pool.controller.deaths == 7)
    }

    @Test func `a worker that hangs is killed and replaced; a silent one that starts has until the start timeout`() {
        var pool = PoolUnderTest("2") { $0.startTimeout = 30 }
        pool.pass(0.1)
        pool.ready(1)
        pool.pass(11, silent: [1])
        #expect(pool.killed == [1])
        #expect(pool.started.count == 2, "the hung worker keeps its slot until it is gone")
        pool.end(1)
        pool.pass(0.1)
        #expect(pool.started.last?.slot == 0)
        pool.pass(20, silent: [1])
        #expect(pool.killed.contains(2), "the worker that never became ready")
    }

    @Test func `a worker whose jobs make no progress is killed though it answers`() {
        var pool = PoolUnderTest("1")
        pool.pass(0.1)
        pool.ready(1)
        var stuck = WorkerLoad()
        stuck.stalledSeconds = 61
        pool.perform(pool.controller.reported(1, stuck, at: pool.now))
        #expect(pool.killed == [1])
    }

    @Test func `a pool whose first worker cannot use its settings ends with the reason`() {
        var pool = PoolUnderTest("4")
        pool.pass(0.1)
        pool.end(2, "it exited with status 64", isFailure: true)
        for id in [1, 3, 4] { pool.end(id, "it was killed by signal 15") }
        let failure = pool.ending.flatMap { $0 }
        #expect(failure?.contains("it exited with status 64") == true)
        #expect(pool.started.count == 4)
    }

    @Test func `a worker without a golden picture, or with a blank one, is never admitted`() {
        var pool = PoolUnderTest("1")
        pool.pass(0.1)
        pool.ready(1, golden: GoldenPicture(style: "painted", revision: "a", pixels: [UInt8](repeating: 9, count: 300)))
        #expect(pool.admitted.isEmpty)
        #expect(pool.killed == [1])
        pool.end(1)
        pool.pass(1)
        pool.ready(2, golden: nil)
        #expect(pool.admitted.isEmpty)
    }

    @Test func `workers are recycled one at a time, and the fresh one is ready before the old one drains`() {
        var pool = PoolUnderTest("3") { $0.recycling = RecyclingPolicy(maximumRequests: 100) }
        pool.pass(0.1)
        for id in 1...3 { pool.ready(id) }
        var used = WorkerLoad()
        used.answers = 200
        pool.pass(1, load: { $0 <= 3 ? used : nil })
        #expect(pool.started.count == 4)
        #expect(pool.drained.isEmpty)
        pool.ready(4)
        #expect(pool.drained.count == 1)
        pool.pass(5, load: { $0 <= 3 ? used : nil })
        #expect(pool.started.count == 4, "the next one waits until the first is gone")
        pool.end(pool.drained[0])
        pool.pass(0.1, load: { $0 <= 3 ? used : nil })
        #expect(pool.started.count == 5)
        #expect(pool.controller.deaths == 0)
    }

    @Test func `recycling pauses when the fresh worker dies, ever longer if that goes on`() {
        var pool = PoolUnderTest("1") { $0.recycling = RecyclingPolicy(maximumRequests: 1) }
        pool.pass(0.1)
        pool.ready(1)
        var used = WorkerLoad()
        used.answers = 10
        pool.pass(0.1, load: { _ in used })
        var deaths = 0
        for _ in 0..<600 {
            for (id, worker) in pool.controller.workers where worker.phase == .starting {
                pool.end(id, "it exited with status 1", isFailure: true)
                deaths += 1
            }
            pool.pass(0.1, load: { _ in used })
        }
        #expect(deaths > 3 && deaths < 15, "\(deaths) in a minute")
        #expect(pool.serving == [0: 1], "the old one serves on")
    }

    @Test func `a worker that grows too large is recycled`() {
        var pool = PoolUnderTest("1") { $0.recycling = RecyclingPolicy(maximumResidentBytes: 300_000_000) }
        pool.pass(0.1)
        pool.ready(1)
        var large = WorkerLoad()
        large.residentBytes = 301_000_000
        pool.pass(0.2, load: { _ in large })
        #expect(pool.started.count == 2)
    }

    @Test func `a stopping pool drains its workers, kills those that exceed the drain timeout, and ends`() {
        var pool = PoolUnderTest("2") { $0.drainTimeout = 30 }
        pool.pass(0.1)
        pool.ready(1)
        pool.perform(pool.controller.stop(at: pool.now))
        #expect(pool.drained == [1, 2])
        pool.end(1, "it exited")
        #expect(pool.ending == nil)
        pool.pass(31)
        #expect(pool.killed == [2])
        pool.end(2)
        #expect(pool.ending == .some(nil))
        #expect(pool.started.count == 2)
    }

    @Test func `one worker can be replaced by hand`() throws {
        var pool = PoolUnderTest("2")
        pool.settle()
        pool.perform(try pool.controller.replace(slot: 1, at: pool.now))
        #expect(pool.started.last?.slot == 1)
        pool.settle()
        #expect(pool.serving == [0: 1, 1: 1])
        #expect(throws: PoolCommandError.self) { try pool.controller.replace(slot: 7, at: pool.now) }
    }

    @Test func `scaling by hand starts and drains workers in the highest slots`() throws {
        var pool = PoolUnderTest("2")
        pool.settle()
        pool.perform(try pool.controller.scale(to: WorkerCount("4")!, at: pool.now))
        pool.settle()
        #expect(pool.serving.keys.sorted() == [0, 1, 2, 3])
        pool.perform(try pool.controller.scale(to: WorkerCount("1")!, at: pool.now))
        pool.settle()
        #expect(pool.serving.keys.sorted() == [0])
        #expect(pool.controller.deaths == 0)
    }

    @Test func `an elastic pool follows a load up and down`() {
        var pool = PoolUnderTest("1..4") { $0.scaling.evaluationsToShrink = 20 }
        pool.settle()
        var cpu = 0.0
        /// Each worker has one core; the load is spread over those that serve.
        func work(_ seconds: Int, cores: Double) {
            for _ in 0..<seconds * 10 {
                let serving = max(1, pool.serving.count)
                cpu += min(1, cores / Double(serving)) / 10
                var load = WorkerLoad()
                load.cpuSeconds = cpu
                pool.pass(0.1, load: { _ in load })
                for (id, worker) in pool.controller.workers {
                    if worker.phase == .starting { pool.ready(id) }
                    if case .draining = worker.phase { pool.end(id, "it exited") }
                }
            }
        }
        work(40, cores: 2.4)
        #expect(pool.serving.count == 4 || pool.serving.count == 3)
        let peak = pool.started.count
        work(15, cores: 2.4)
        #expect(pool.started.count == peak, "a steady load changes nothing")
        work(120, cores: 0.2)
        #expect(pool.serving.count == 1)
    }

    @Test func `an elastic pool grows also while a worker is being recycled`() {
        var pool = PoolUnderTest("1..4") { $0.recycling = RecyclingPolicy(maximumRequests: 1) }
        pool.settle()
        var load = WorkerLoad()
        load.answers = 10
        pool.pass(1, load: { _ in load })
        #expect(pool.started.count == 2, "the fresh one starts, and takes its time")
        for _ in 0..<100 {
            load.cpuSeconds += 0.1
            pool.pass(0.1, load: { _ in load })
        }
        #expect(pool.controller.target > 1)
    }
}
