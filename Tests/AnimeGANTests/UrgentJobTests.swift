import AnimeGAN
import Synchronization
import Testing

/// Jobs that come before those that run.
@Suite(.timeLimit(.minutes(5))) struct UrgentJobTests {
    /// A job that is not urgent and lasts, at its checkpoints, until `flag` is set or it is cancelled.
    private func lastUntil(_ flag: Flag, on pool: ComputePool, started: AsyncStream<Void>.Continuation) -> Task<Void, any Error> {
        Task {
            try await pool.run { team in
                started.yield()
                while !flag.isSet { try team.checkpoint() }
            }
        }
    }

    @Test(arguments: 1...3)
    func `an urgent job is done while all threads lead others, and before one that waits`(threads: Int) async throws {
        let pool = ComputePool(threads: threads), urgentDone = Flag(), order = Mutex<[String]>([])
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let others = (0..<threads).map { _ in lastUntil(urgentDone, on: pool, started: start) }
        var starts = started.makeAsyncIterator()
        for _ in others { await starts.next() }
        let waiting = Task { try await pool.run { _ in order.withLock { $0.append("waiting") } } }
        try await pool.run(isUrgent: true) { team in
            try team.checkpoint()
            order.withLock { $0.append("urgent") }
            urgentDone.set()
        }
        for other in others { try await other.value }
        try await waiting.value
        #expect(order.withLock { $0 } == ["urgent", "waiting"])
    }

    @Test func `urgent jobs keep their order, and wait for each other only`() async throws {
        let pool = ComputePool(threads: 1), last = Flag(), order = Mutex<[Int]>([])
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let other = lastUntil(last, on: pool, started: start)
        for await _ in started { break }
        for number in 0..<5 {
            try await pool.run(isUrgent: true) { _ in order.withLock { $0.append(number) } }
        }
        last.set()
        try await other.value
        #expect(order.withLock { $0 } == [0, 1, 2, 3, 4])
    }

    @Test func `an urgent job that waits is given up when its task is cancelled, and nobody waits for it`() async throws {
        let pool = ComputePool(threads: 1), gate = Gate()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let other = Task {
            try await pool.run { team in
                start.yield()
                gate.wait()
                try team.checkpoint()
            }
        }
        for await _ in started { break }
        let urgent = Task { try await pool.run(isUrgent: true) { _ in } }
        urgent.cancel()
        await #expect(throws: CancellationError.self) { try await urgent.value }
        gate.open()
        try await other.value
    }

    @Test func `an urgent job that is cancelled or fails lets the others go on`() async throws {
        struct Failure: Error {}
        let pool = ComputePool(threads: 2), end = Flag()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let others = (0..<2).map { _ in lastUntil(end, on: pool, started: start) }
        var starts = started.makeAsyncIterator()
        for _ in others { await starts.next() }
        let (reached, reach) = AsyncStream.makeStream(of: Void.self)
        let cancelled = Task {
            try await pool.run(isUrgent: true) { team in
                reach.yield()
                while true { try team.checkpoint() }
            }
        }
        for await _ in reached { break }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        await #expect(throws: Failure.self) { try await pool.run(isUrgent: true) { _ in throw Failure() } }
        end.set()
        for other in others { try await other.value }
        #expect(try await pool.run { _ in 7 } == 7)
    }

    @Test func `a job that stands still is cancelled as soon as it goes on`() async throws {
        let pool = ComputePool(threads: 2), never = Flag(), gate = Gate()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let others = (0..<2).map { _ in lastUntil(never, on: pool, started: start) }
        var starts = started.makeAsyncIterator()
        for _ in others { await starts.next() }
        let (reached, reach) = AsyncStream.makeStream(of: Void.self)
        let urgent = Task {
            try await pool.run(isUrgent: true) { _ in
                reach.yield()
                gate.wait()
            }
        }
        for await _ in reached { break }
        for other in others { other.cancel() }
        gate.open()
        try await urgent.value
        for other in others { await #expect(throws: CancellationError.self) { try await other.value } }
    }

    // MARK: Pictures

    /// Inputs of three sizes, so that threads grow their scratch for the one while they lay aside the other.
    private struct Pictures: Sendable {
        static let shared = Task { try await Pictures() }
        static let sizes = [(width: 33, height: 47), (width: 70, height: 50), (width: 20, height: 90)]

        let generator: Generator
        let inputs: [[Float]]
        let alone: [[Float]]

        init() async throws {
            let generator = try Generator(weights: .random(seed: 11), convention: .halfPixel)
            var random = RandomSource(seed: 12)
            let inputs = Self.sizes.map { random.values(3 * $0.width * $0.height) }
            self.generator = generator
            self.inputs = inputs
            alone = try await ComputePool(threads: 1).run { team in
                try Self.sizes.indices.map { try Self.picture($0, generator, inputs, team) }
            }
        }

        static func picture(
            _ index: Int, _ generator: Generator, _ inputs: [[Float]], _ team: ComputeTeam, onLayer: (() -> Void)? = nil
        ) throws -> [Float] {
            try generator.run(
                planar: inputs[index], width: sizes[index].width, height: sizes[index].height, team: team,
                onLayer: { _ in onLayer?() })
        }

        func picture(_ index: Int, _ team: ComputeTeam, onLayer: (() -> Void)? = nil) throws -> [Float] {
            try Self.picture(index, generator, inputs, team, onLayer: onLayer)
        }
    }

    @Test(arguments: [1, 2, 3])
    func `pictures laid aside halfway for an urgent one are the same bit for bit, and so is that`(threads: Int) async throws {
        let pictures = try await Pictures.shared.value, pool = ComputePool(threads: threads), urgentDone = Flag()
        let (reached, reach) = AsyncStream.makeStream(of: Void.self)
        let others = (0..<threads).map { _ in
            Task {
                try await pool.run { team in
                    var layers = 0
                    return try pictures.picture(0, team) {
                        layers += 1
                        guard layers == 9 else { return }
                        reach.yield()
                        // The generator's own checkpoint comes next; here it is certain that the urgent picture is made meanwhile.
                        while !urgentDone.isSet { if (try? team.checkpoint()) == nil { return } }
                    }
                }
            }
        }
        var starts = reached.makeAsyncIterator()
        for _ in others { await starts.next() }
        let urgent = try await pool.run(isUrgent: true) { team in
            defer { urgentDone.set() }
            return try pictures.picture(1, team)
        }
        #expect(urgent == pictures.alone[1])
        for other in others { #expect(try await other.value == pictures.alone[0]) }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `any mix of urgent and other pictures, some cancelled, comes to an end with the same bits`(seed: UInt64) async throws {
        var random = RandomSource(seed: seed)
        let pictures = try await Pictures.shared.value, pool = ComputePool(threads: 1 + Int(seed % 4))
        // index, urgent, threads, cancelled
        let plan = (0..<40).map { _ in
            let numbers = random.values(4)
            return (
                index: Int(abs(numbers[0]) * 1e6) % 3, isUrgent: numbers[1] > 0.4, threads: numbers[2] > 0.6 ? 1 : nil,
                isCancelled: numbers[3] > 0.6
            )
        }
        let tasks = plan.map { job in
            Task {
                try await pool.run(threads: job.threads, isUrgent: job.isUrgent) { try pictures.picture(job.index, $0) }
            }
        }
        for (job, task) in zip(plan, tasks) where job.isCancelled {
            task.cancel()
            await Task.yield()  // not a wait: lets some of the rest start in between
        }
        for (job, task) in zip(plan, tasks) {
            do {
                #expect(try await task.value == pictures.alone[job.index])
            } catch is CancellationError {
                #expect(job.isCancelled)
            }
        }
        #expect(try await pool.run { _ in 7 } == 7)
    }
}

/// Set once, read by any thread.
private final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .acquiring) }

    func set() { value.store(true, ordering: .releasing) }
}
