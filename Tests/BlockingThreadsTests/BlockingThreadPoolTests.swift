import BlockingThreads
import Synchronization
import Testing

@Suite struct BlockingThreadPoolTests {
    private enum Failure: Error { case expected }

    @Test func `the work's result comes back, and its error with its type`() async {
        #expect(await BlockingThreadPool.shared.run { 42 } == 42)
        do throws(Failure) {
            try await BlockingThreadPool.shared.run { () throws(Failure) in throw .expected }
        } catch {
            #expect(error == .expected)
        }
    }

    @Test func `all work of many tasks is done, on no more threads than allowed`() async {
        let pool = BlockingThreadPool("test", maximumThreads: 3)
        let running = Monitor((now: 0, most: 0))
        let sum = await withTaskGroup(of: Int.self) { group in
            for index in 0..<200 {
                group.addTask {
                    await pool.run {
                        running.withLock { running in
                            running.now += 1
                            running.most = max(running.most, running.now)
                        }
                        defer { running.withLock { $0.now -= 1 } }
                        return index
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(sum == 19_900)
        #expect((1...3).contains(running.withLock { $0.most }))
    }

    @Test func `work that finds no room waits for a thread`() async {
        let pool = BlockingThreadPool("test", maximumThreads: 1), gate = Monitor(false)
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            await pool.run {
                start.yield()
                _ = gate.wait { $0 ? true : nil }
            }
        }
        for await _ in started { break }
        let ranEarly = Atomic(false)
        let second = Task {
            await pool.run { ranEarly.store(!gate.withLock { $0 }, ordering: .relaxed) }
        }
        gate.withLock { $0 = true }
        gate.broadcast()
        _ = await (first.value, second.value)
        #expect(ranEarly.load(ordering: .relaxed) == false)
    }

    @Test func `beyond the queue's bound work runs on the caller's thread`() async {
        let pool = BlockingThreadPool("test", maximumThreads: 1, maximumQueued: 0), gate = Monitor(false)
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            await pool.run {
                start.yield()
                _ = gate.wait { $0 ? true : nil }
            }
        }
        for await _ in started { break }
        // Would never return if it waited for the pool's only thread.
        #expect(await pool.run { gate.withLock { $0 } } == false)
        gate.withLock { $0 = true }
        gate.broadcast()
        await first.value
    }

    @Test func `work ends although its task is cancelled`() async {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await BlockingThreadPool.shared.run { 7 }
        }
        #expect(await task.value == 7)
    }
}
