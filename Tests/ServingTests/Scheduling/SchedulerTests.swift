import JobQueue
import Serving
import Synchronization
import Testing

extension Scheduler {
    /// Runs a job of a client.
    fileprivate func run(
        _ job: PreparedJob, client: String = "someone", jobClass: JobClass = .direct
    ) async throws(JobError) -> SchedulerOutcome {
        try await run(job, options: SchedulingOptions(client: client, jobClass: jobClass))
    }
}

@Suite(.timeLimit(.minutes(5))) struct SchedulerTests {
    /// A scheduler, and its activity after each decision.
    private func scheduler(
        _ limits: SchedulerLimits, clock: SchedulerClock = .system
    ) -> (scheduler: Scheduler, activity: AsyncStream<Scheduler.Activity>) {
        let (activity, continuation) = AsyncStream<Scheduler.Activity>.makeStream()
        return (Scheduler(limits: limits, clock: clock, observe: { continuation.yield($0) }), activity)
    }

    /// Waits until so many jobs wait.
    private func untilWaiting(_ count: Int, _ activity: AsyncStream<Scheduler.Activity>) async {
        for await now in activity where now.waiting == count { return }
    }

    private func result(_ outcome: SchedulerOutcome) -> JobResult? {
        if case .finished(let result) = outcome { result } else { nil }
    }

    @Test func `jobs run in order of arrival, never more at once than there are slots`() async throws {
        let handler = GatedHandler()
        let (scheduler, activity) = scheduler(.init(slots: 2))
        var started = handler.started.makeAsyncIterator()
        var tasks: [Task<SchedulerOutcome, any Error>] = []
        for number in 1...5 {
            tasks.append(Task { try await scheduler.run(handler.job(number)) })
            if number <= 2 {
                #expect(await started.next() == number)
            } else {
                await untilWaiting(number - 2, activity)
            }
        }
        for number in 3...5 {
            handler.releaseOne()
            #expect(await started.next() == number)
        }
        handler.releaseOne()
        handler.releaseOne()
        for task in tasks {
            #expect(result(try await task.value)?.timings.map(\.name) == ["queue", "run"])
        }
        #expect(handler.maximumRunning == 2)
        #expect(handler.order == [1, 2, 3, 4, 5])
    }

    @Test func `a job reports its progress`() async throws {
        let handler = GatedHandler()
        let scheduler = Scheduler(limits: .init(slots: 1))
        let layers = Mutex<[Int]>([])
        handler.releaseAll()
        _ = try await scheduler.run(
            handler.job(1), options: SchedulingOptions(client: "a"),
            progress: { progress in layers.withLock { $0.append(progress.layer) } })
        #expect(layers.withLock { $0 } == [1])
    }

    @Test func `a waiting job that is cancelled leaves the queue and the next one moves up`() async throws {
        let handler = GatedHandler(), manual = ManualClock()
        let (scheduler, activity) = scheduler(.init(slots: 1), clock: manual.clock)
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(handler.job(1)) }
        _ = await started.next()
        let second = Task { try await scheduler.run(handler.job(2), client: "b") }
        await untilWaiting(1, activity)
        let third = Task { try await scheduler.run(handler.job(3), client: "c") }
        await untilWaiting(2, activity)
        let before = scheduler.predictedSeconds(for: smallCost)
        second.cancel()
        await #expect(throws: JobError(.cancelled, "The job was cancelled while it waited.")) { try await second.value }
        #expect(scheduler.predictedSeconds(for: smallCost) < before)
        handler.releaseOne()
        #expect(await started.next() == 3)
        handler.releaseOne()
        _ = try await (first.value, third.value)
        #expect(handler.order == [1, 3])
    }

    @Test func `a running job that is cancelled keeps its slot until its run returns`() async throws {
        let handler = GatedHandler()
        let (scheduler, activity) = scheduler(.init(slots: 1))
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(handler.job(1)) }
        _ = await started.next()
        let second = Task { try await scheduler.run(handler.job(2)) }
        await untilWaiting(1, activity)
        first.cancel()
        #expect(scheduler.load.running == 1)
        #expect(scheduler.load.waiting == 1)
        handler.releaseAll()
        _ = try await (first.value, second.value)
        #expect(handler.maximumRunning == 1)
    }

    @Test func `a direct job that preempts queued jobs is urgent`() async throws {
        let handler = GatedHandler()
        let (scheduler, activity) = scheduler(.init(slots: 2))
        var started = handler.started.makeAsyncIterator()
        var tasks: [Task<SchedulerOutcome, any Error>] = []
        for number in 1...2 {
            tasks.append(Task { try await scheduler.run(handler.job(number), client: "store", jobClass: .queued) })
            #expect(await started.next() == number)
        }
        tasks.append(Task { try await scheduler.run(handler.job(3)) })
        #expect(await started.next() == 3)
        #expect(scheduler.load.running == 3)
        tasks.append(Task { try await scheduler.run(handler.job(4)) })
        await untilWaiting(1, activity)
        handler.releaseAll()
        for task in tasks { #expect(result(try await task.value) != nil) }
        #expect(handler.maximumRunning == 3)
        #expect(handler.urgent.first == 3)
        #expect(!handler.urgent.contains(1) && !handler.urgent.contains(2))
        #expect(scheduler.load.running == 0)
    }

    @Test func `a job beyond the end of the queue is rejected with a time to try again`() async throws {
        let handler = GatedHandler()
        let (scheduler, _) = scheduler(.init(slots: 1, waitingJobs: 0))
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(handler.job(1)) }
        _ = await started.next()
        let error = await #expect(throws: JobError.self) { try await scheduler.run(handler.job(2)) }
        #expect(error?.kind == .overloaded)
        #expect((1...60).contains(error?.retryAfter ?? 0))
        handler.releaseOne()
        _ = try await first.value
        #expect(scheduler.load.running == 0)
        #expect(scheduler.load.coreSecondsPerMegapixel != nil)
    }

    @Test func `a job larger than the memory limit is rejected with both numbers`() async {
        let scheduler = Scheduler(limits: .init(slots: 1, memoryBytes: 500_000_000))
        let job = GatedHandler().job(1, cost: JobCost(pixels: 1, memoryBytes: 700_000_000))
        let error = await #expect(throws: JobError.self) { try await scheduler.run(job) }
        #expect(error?.kind == .imageTooLarge)
        #expect(error?.message.contains("700 MB") == true && error?.message.contains("500 MB") == true)
    }

    @Test func `a job that would take too long does not run`() async throws {
        let handler = GatedHandler()
        let (scheduler, _) = scheduler(.init(slots: 1))
        let outcome = try await scheduler.run(handler.job(1), options: SchedulingOptions(client: "a", maximumWait: 0.001))
        guard case .maximumWaitExceeded(let seconds) = outcome else {
            Issue.record("the job ran")
            return
        }
        #expect(seconds > 0.001)
        #expect(handler.order == [])
        #expect(scheduler.load.waiting == 0)
    }

    @Test func `a waiting job fails at its deadline, not when a slot becomes free`() async throws {
        let handler = GatedHandler(), manual = ManualClock()
        let (scheduler, activity) = scheduler(.init(slots: 1), clock: manual.clock)
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(handler.job(1)) }
        _ = await started.next()
        let options = SchedulingOptions(client: "b", deadline: manual.now + .seconds(5))
        let second = Task { try await scheduler.run(handler.job(2), options: options) }
        await untilWaiting(1, activity)
        await manual.untilSleeping(1)
        manual.advance(by: .seconds(5))
        let error = await #expect(throws: JobError.self) { try await second.value }
        #expect(error?.kind == .expired)
        #expect(error?.retryAfter != nil)
        #expect(scheduler.load.running == 1)
        handler.releaseAll()
        _ = try await first.value
        #expect(handler.order == [1])
    }

    @Test func `a waiting job is rejected when its maximum wait cannot be kept, before a slot becomes free`() async throws {
        let handler = GatedHandler(), manual = ManualClock()
        let (scheduler, activity) = scheduler(.init(slots: 1), clock: manual.clock)
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(handler.job(1)) }
        _ = await started.next()
        let second = Task { try await scheduler.run(handler.job(2), options: SchedulingOptions(client: "b", maximumWait: 3)) }
        await untilWaiting(1, activity)
        await manual.untilSleeping(1)
        manual.advance(by: .seconds(3.3))
        guard case .maximumWaitExceeded = try await second.value else {
            Issue.record("the job ran")
            return
        }
        handler.releaseAll()
        _ = try await first.value
    }

    @Test func `a timer that is no longer needed is cancelled`() async throws {
        let handler = GatedHandler(), manual = ManualClock()
        let (scheduler, activity) = scheduler(.init(slots: 1), clock: manual.clock)
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(handler.job(1)) }
        _ = await started.next()
        let options = SchedulingOptions(client: "b", deadline: manual.now + .seconds(5))
        let second = Task { try await scheduler.run(handler.job(2), options: options) }
        await untilWaiting(1, activity)
        await manual.untilSleeping(1)
        handler.releaseAll()
        _ = try await (first.value, second.value)
        await manual.untilSleeping(0)
    }

    @Test func `draining finishes admitted jobs and rejects later ones`() async throws {
        let handler = GatedHandler()
        let (scheduler, activity) = scheduler(.init(slots: 1))
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(handler.job(1)) }
        _ = await started.next()
        let second = Task { try await scheduler.run(handler.job(2)) }
        await untilWaiting(1, activity)
        scheduler.beginDraining()
        let drained = Task { await scheduler.drain() }
        let error = await #expect(throws: JobError.self) { try await scheduler.run(handler.job(3)) }
        #expect(error?.kind == .draining)
        handler.releaseOne()
        #expect(await started.next() == 2)
        handler.releaseOne()
        _ = try await (first.value, second.value)
        await drained.value
        #expect(handler.order == [1, 2])
        scheduler.resume()
        handler.releaseAll()
        #expect(result(try await scheduler.run(handler.job(4))) != nil)
    }

    @Test func `an idle scheduler drains at once`() async {
        await Scheduler(limits: .init(slots: 1)).drain()
    }

    @Test(arguments: [true, false])
    func `waiting for the drain ends when it is cancelled or undone`(isCancelled: Bool) async throws {
        let handler = GatedHandler()
        let (scheduler, activity) = scheduler(.init(slots: 1))
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(handler.job(1)) }
        _ = await started.next()
        let drained = Task { await scheduler.drain() }
        if isCancelled {
            drained.cancel()
        } else {
            _ = await activity.first(where: \.isDraining)
            scheduler.resume()
        }
        await drained.value
        handler.releaseAll()
        _ = try await first.value
    }

    @Test(arguments: 1...5)
    func `with hundreds of tasks, many of them cancelled, each ends once and no slot is lost`(seed: UInt64) async throws {
        var generator = SeededGenerator(seed)
        let handler = GatedHandler()
        let (scheduler, _) = scheduler(.init(slots: 4, memoryBytes: 3))
        let tasks = (1...400).map { number in
            let options = SchedulingOptions(client: "client \(number % 7)")
            return Task { try await scheduler.run(handler.job(number), options: options) }
        }
        let opener = Task {
            for await _ in handler.started.prefix(100) { handler.releaseOne() }
            handler.releaseAll()
        }
        for task in tasks where Int.random(in: 0..<3, using: &generator) == 0 { task.cancel() }
        var finished = 0, cancelled = 0
        for task in tasks {
            do {
                if result(try await task.value) != nil { finished += 1 }
            } catch {
                #expect((error as? JobError)?.kind == .cancelled)
                cancelled += 1
            }
        }
        await opener.value
        await scheduler.drain()
        #expect(finished + cancelled == 400)
        #expect(Set(handler.order).count == handler.order.count)
        #expect(handler.order.count == finished)
        #expect(handler.maximumRunning <= 3)
        let load = scheduler.load
        #expect(load.running == 0 && load.waiting == 0 && load.memoryInUse == 0)
    }
}
