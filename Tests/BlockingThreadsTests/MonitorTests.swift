import BlockingThreads
import Testing

@Suite struct MonitorTests {
    @Test func `a waiting thread sees what another thread changed`() async {
        let count = Monitor(0)
        let seen = await BlockingThreadPool("test", maximumThreads: 1).run {
            NamedThread.start("changes") {
                for _ in 0..<3 {
                    count.withLock { $0 += 1 }
                    count.broadcast()
                }
            }
            return count.wait { $0 == 3 ? $0 : nil }
        }
        #expect(seen == 3)
    }

    @Test func `one of the waiting threads is woken by a signal`() async {
        let tickets = Monitor(0), pool = BlockingThreadPool("test", maximumThreads: 2)
        async let first: Void = pool.run { tickets.wait { $0 > 0 ? ($0 -= 1) : nil } }
        async let second: Void = pool.run { tickets.wait { $0 > 0 ? ($0 -= 1) : nil } }
        for _ in 0..<2 {
            tickets.withLock { $0 += 1 }
            tickets.signal()
        }
        _ = await (first, second)
        #expect(tickets.withLock { $0 } == 0)
    }

    @Test(arguments: [-1, 0, 0.001]) func `a wait ends when its time is over`(_ seconds: Double) {
        let never = Monitor(false)
        #expect(never.wait(atMost: seconds) { $0 ? true : nil } == nil)
    }

    @Test func `a timed wait returns at once where there is nothing to wait for`() {
        #expect(Monitor(7).wait(atMost: 3_600) { $0 } == 7)
    }

    @Test func `an error passes through and the lock is free again`() {
        struct Failure: Error {}
        let value = Monitor(1)
        #expect(throws: Failure.self) { try value.withLock { _ in throw Failure() } }
        #expect(value.withLock { $0 } == 1)
    }
}
