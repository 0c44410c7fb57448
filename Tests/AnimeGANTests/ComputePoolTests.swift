import AnimeGAN
import Synchronization
import Testing

@Suite struct ComputePoolTests {
    @Test func `a job's result and error come back`() async throws {
        struct Failure: Error {}
        let pool = ComputePool(threads: 2)
        #expect(try await pool.run { _ in 42 } == 42)
        await #expect(throws: Failure.self) { try await pool.run { _ in throw Failure() } }
    }

    @Test func `a job that waits is given up when its task is cancelled`() async throws {
        let pool = ComputePool(threads: 1), gate = Gate()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let blocking = Task {
            try await pool.run { _ in
                start.yield()
                gate.wait()
            }
        }
        for await _ in started { break }
        let ran = Atomic(false)
        let waiting = Task { try await pool.run { _ in ran.store(true, ordering: .relaxed) } }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        gate.open()
        try await blocking.value
        let ranAfterAll = ran.load(ordering: .relaxed)
        #expect(!ranAfterAll)
    }

    @Test func `every job of many is done on few threads`() async throws {
        let pool = ComputePool(threads: 2)
        let squares = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<100 { group.addTask { try await pool.run { _ in index * index } } }
            return try await group.reduce(0, +)
        }
        #expect(squares == 328_350)
    }
}
