import GoldenPictures
import Supervision
import Testing

@Suite struct RollingUpdateTests {
    private func pool(_ count: String = "3") -> PoolUnderTest {
        var pool = PoolUnderTest(count)
        pool.settle()
        return pool
    }

    @Test func `an update replaces one worker after another, each new one ready before its old one drains`() throws {
        var pool = pool()
        pool.perform(try pool.controller.update(binary: "/new", style: nil, at: pool.now))
        #expect(pool.started.count == 4)
        #expect(pool.started[3].generation.binary == "/new")
        #expect(pool.drained.isEmpty)
        pool.ready(4)
        #expect(pool.drained == [1])
        pool.pass(5)
        #expect(pool.started.count == 4)
        pool.settle()
        #expect(pool.serving == [0: 2, 1: 2, 2: 2])
        #expect(pool.controller.outcome == .done(Generation(number: 2, binary: "/new")))
        #expect(pool.controller.deaths == 0)
    }

    @Test func `an update to a program that dies at its start is rolled back, and the old workers go on`() throws {
        var pool = pool()
        pool.perform(try pool.controller.update(binary: "/broken", style: nil, at: pool.now))
        pool.end(4, "it exited with status 1", isFailure: true)
        pool.settle()
        #expect(pool.serving == [0: 1, 1: 1, 2: 1])
        #expect(pool.drained.isEmpty)
        guard case .failed(let reason) = pool.controller.outcome else {
            Issue.record("the update counts as \(pool.controller.outcome)")
            return
        }
        #expect(reason.contains("status 1"))
        #expect(pool.controller.current.binary == "/old")
    }

    @Test func `an update whose worker never becomes ready is rolled back after the start timeout`() throws {
        var pool = pool()
        pool.perform(try pool.controller.update(binary: "/slow", style: nil, at: pool.now))
        pool.pass(61)
        #expect(pool.killed == [4])
        pool.settle()
        #expect(pool.serving == [0: 1, 1: 1, 2: 1])
    }

    @Test func `an update whose worker makes another picture with the same weights is rolled back`() throws {
        var pool = pool()
        pool.perform(try pool.controller.update(binary: "/wrong", style: nil, at: pool.now))
        let wrong = GoldenPicture(style: "painted", revision: "a", pixels: (0..<300).map { UInt8(($0 + 60) % 200) })
        pool.ready(4, golden: wrong)
        #expect(pool.killed == [4])
        pool.settle()
        #expect(pool.serving == [0: 1, 1: 1, 2: 1])
    }

    @Test func `other weights may make another picture`() throws {
        var pool = pool("1")
        pool.perform(try pool.controller.update(binary: nil, style: "other", at: pool.now))
        #expect(pool.started[1].generation.style == "other")
        pool.ready(2, golden: GoldenPicture(style: "other", revision: "b", pixels: (0..<300).map { UInt8(255 - $0 % 200) }))
        #expect(pool.admitted == [1, 2])
    }

    @Test func `the death of a new worker that already serves rolls back all new workers`() throws {
        var pool = pool()
        pool.perform(try pool.controller.update(binary: "/new", style: nil, at: pool.now))
        pool.ready(4)
        pool.end(1, "it exited")
        pool.pass(1.2)
        #expect(pool.started.count == 5)
        pool.ready(5)
        pool.end(4)
        pool.settle()
        #expect(pool.serving == [0: 1, 1: 1, 2: 1])
        #expect(pool.controller.current.binary == "/old")
    }

    @Test func `an old worker that dies during an update is restarted with the old program, and the update goes on`() throws {
        var pool = pool()
        pool.perform(try pool.controller.update(binary: "/new", style: nil, at: pool.now))
        pool.end(3)
        pool.pass(1)
        #expect(pool.started.last?.generation.number == 1)
        pool.settle()
        #expect(pool.serving == [0: 2, 1: 2, 2: 2])
    }

    @Test func `a rollback returns to what ran before, and can be rolled back itself`() throws {
        var pool = pool()
        #expect(throws: PoolCommandError.self) { try pool.controller.rollBack(at: pool.now) }
        pool.perform(try pool.controller.update(binary: "/new", style: nil, at: pool.now))
        pool.settle()
        pool.perform(try pool.controller.rollBack(at: pool.now))
        pool.settle()
        #expect(pool.controller.current.binary == "/old")
        #expect(pool.serving == [0: 3, 1: 3, 2: 3])
        pool.perform(try pool.controller.rollBack(at: pool.now))
        pool.settle()
        #expect(pool.controller.current.binary == "/new")
    }

    @Test func `there is one update at a time, and a reload waits for it`() throws {
        var pool = pool("2")
        pool.perform(try pool.controller.update(binary: "/new", style: nil, at: pool.now))
        #expect(throws: PoolCommandError.self) { try pool.controller.update(binary: "/newer", style: nil, at: pool.now) }
        pool.perform(pool.controller.reload(at: pool.now))
        pool.settle()
        #expect(pool.serving == [0: 3, 1: 3])
        #expect(pool.controller.current.binary == "/new")
    }

    /// A pool whose workers are always due for recycling.
    private func worn(_ count: String = "3") -> PoolUnderTest {
        var pool = PoolUnderTest(count) { $0.recycling = RecyclingPolicy(maximumRequests: 1) }
        pool.pass(0.1)
        for id in pool.started.map(\.id) { pool.ready(id) }
        pool.pass(0.1, load: Self.used)
        return pool
    }

    private static let used: @Sendable (Int) -> WorkerLoad? = { _ in
        var load = WorkerLoad()
        load.answers = 1_000
        return load
    }

    @Test(arguments: [false, true])
    func `an update or a reload does not wait for a fresh worker of a recycling`(isReload: Bool) throws {
        var pool = worn()
        #expect(pool.started.count == 4)
        pool.perform(
            isReload
                ? pool.controller.reload(at: pool.now)
                : try pool.controller.update(binary: "/new", style: nil, at: pool.now))
        #expect(pool.drained == [4])
        #expect(pool.started.count == 5)
        #expect(pool.started[4].generation.number == 2)
        pool.end(4, "it exited")
        #expect(pool.controller.deaths == 0)
    }

    @Test func `an update completes although every worker is always due for recycling`() throws {
        var pool = worn()
        pool.perform(try pool.controller.update(binary: "/new", style: nil, at: pool.now))
        for _ in 0..<40 where pool.controller.outcome != .done(Generation(number: 2, binary: "/new")) {
            for (id, worker) in pool.controller.workers {
                if worker.phase == .starting { pool.ready(id) }
                if case .draining = worker.phase { pool.end(id, "it exited") }
            }
            pool.pass(1.2, load: Self.used)
        }
        #expect(pool.serving == [0: 2, 1: 2, 2: 2])
        // Three of the update, one of the recycling before it, and one of the recycling after it.
        #expect(pool.started.count <= 3 + 1 + 3 + 1)
        #expect(pool.controller.deaths == 0)
    }

    @Test func `an update waits until a recycled worker has drained`() throws {
        var pool = worn()
        pool.ready(4)
        #expect(pool.drained == [1])
        pool.perform(try pool.controller.update(binary: "/new", style: nil, at: pool.now))
        pool.pass(5, load: Self.used)
        #expect(pool.started.count == 4)
        pool.end(1, "it exited")
        pool.pass(0.1, load: Self.used)
        #expect(pool.started.last?.generation.number == 2)
    }
}
