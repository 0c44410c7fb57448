import Supervision
import Testing

@Suite struct RollTests {
    private func pool(_ count: String = "3") -> PoolUnderTest {
        var pool = PoolUnderTest(count)
        pool.settle()
        return pool
    }

    @Test func `an update replaces one worker after the other, each new one ready before its old one goes`() throws {
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

    @Test func `a program that dies at its start is given up, and the old ones go on`() throws {
        var pool = pool()
        pool.perform(try pool.controller.update(binary: "/broken", style: nil, at: pool.now))
        pool.end(4, "it ended with status 1", isOwnDoing: true)
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

    @Test func `a worker that never gets ready is given up after its time`() throws {
        var pool = pool()
        pool.perform(try pool.controller.update(binary: "/slow", style: nil, at: pool.now))
        pool.pass(61)
        #expect(pool.killed == [4])
        pool.settle()
        #expect(pool.serving == [0: 1, 1: 1, 2: 1])
    }

    @Test func `a new program that makes another picture of the same weights is given up`() throws {
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

    @Test func `a new worker that dies when it serves already has all of the new ones replaced back`() throws {
        var pool = pool()
        pool.perform(try pool.controller.update(binary: "/new", style: nil, at: pool.now))
        pool.ready(4)
        pool.end(1, "it ended by itself")
        pool.pass(1.2)
        #expect(pool.started.count == 5)
        pool.ready(5)
        pool.end(4)
        pool.settle()
        #expect(pool.serving == [0: 1, 1: 1, 2: 1])
        #expect(pool.controller.current.binary == "/old")
    }

    @Test func `a death of an old worker during an update is mended with the old program and the update goes on`() throws {
        var pool = pool()
        pool.perform(try pool.controller.update(binary: "/new", style: nil, at: pool.now))
        pool.end(3)
        pool.pass(1)
        #expect(pool.started.last?.generation.number == 1)
        pool.settle()
        #expect(pool.serving == [0: 2, 1: 2, 2: 2])
    }

    @Test func `rollback returns to what ran before, and can be undone the same way`() throws {
        var pool = pool()
        #expect(throws: PoolRefusal.self) { try pool.controller.rollBack(at: pool.now) }
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
        #expect(throws: PoolRefusal.self) { try pool.controller.update(binary: "/newer", style: nil, at: pool.now) }
        pool.perform(pool.controller.reload(at: pool.now))
        pool.settle()
        #expect(pool.serving == [0: 3, 1: 3])
        #expect(pool.controller.current.binary == "/new")
    }

    /// A pool of which every worker has always answered its share: there is no moment without one to be recycled.
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
    func `an update or a reload does not wait for a fresh worker that recycling has begun`(isReload: Bool) throws {
        var pool = worn()
        #expect(pool.started.count == 4)
        pool.perform(
            isReload
                ? pool.controller.reload(at: pool.now)
                : try pool.controller.update(binary: "/new", style: nil, at: pool.now))
        #expect(pool.drained == [4])
        #expect(pool.started.count == 5)
        #expect(pool.started[4].generation.number == 2)
        pool.end(4, "it ended by itself")
        #expect(pool.controller.deaths == 0)
    }

    @Test func `a roll comes to its end though every worker is due for recycling all the time`() throws {
        var pool = worn()
        pool.perform(try pool.controller.update(binary: "/new", style: nil, at: pool.now))
        for _ in 0..<40 where pool.controller.outcome != .done(Generation(number: 2, binary: "/new")) {
            for (id, worker) in pool.controller.workers {
                if worker.phase == .starting { pool.ready(id) }
                if case .draining = worker.phase { pool.end(id, "it ended by itself") }
            }
            pool.pass(1.2, load: Self.used)
        }
        #expect(pool.serving == [0: 2, 1: 2, 2: 2])
        // Three of the roll, and the one that recycling had begun before; the next began when the roll was over.
        #expect(pool.started.count <= 3 + 1 + 3 + 1)
        #expect(pool.controller.deaths == 0)
    }

    @Test func `what a recycled worker still has to finish is finished before the roll goes on`() throws {
        var pool = worn()
        pool.ready(4)
        #expect(pool.drained == [1])
        pool.perform(try pool.controller.update(binary: "/new", style: nil, at: pool.now))
        pool.pass(5, load: Self.used)
        #expect(pool.started.count == 4)
        pool.end(1, "it ended by itself")
        pool.pass(0.1, load: Self.used)
        #expect(pool.started.last?.generation.number == 2)
    }
}
