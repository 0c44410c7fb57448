import JobQueue
import Serving
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct SchedulerTests {
    /// Waits, without a clock, until the scheduler says that so many jobs are in its line.
    private func untilWaiting(_ count: Int, in scheduler: Scheduler) async {
        while scheduler.load.waiting != count { await Task.yield() }
    }

    private func result(_ outcome: SchedulerOutcome) -> JobResult? {
        if case .finished(let result) = outcome { result } else { nil }
    }

    @Test func `jobs run in the order they came, never more at once than there are slots`() async throws {
        let handler = GatedHandler()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 2))
        var started = handler.started.makeAsyncIterator()
        var tasks: [Task<SchedulerOutcome, any Error>] = []
        for number in 1...5 {
            tasks.append(Task { try await scheduler.run(job(number)) })
            if number <= 2 {
                #expect(await started.next() == number)
            } else {
                await untilWaiting(number - 2, in: scheduler)
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
        #expect(handler.mostAtOnce == 2)
        #expect(handler.order == [1, 2, 3, 4, 5])
    }

    @Test func `a job tells when it starts, and how far it is`() async throws {
        let handler = GatedHandler()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 1))
        let events = Mutex<[String]>([])
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(job(1)) }
        _ = await started.next()
        let second = Task {
            try await scheduler.run(
                job(2), cost: smallCost, terms: JobTerms(client: "b"),
                progress: { progress in events.withLock { $0.append("layer \(progress.layer)") } },
                onStart: { events.withLock { $0.append("start") } })
        }
        await untilWaiting(1, in: scheduler)
        #expect(events.withLock { $0 } == [])
        handler.releaseAll()
        _ = try await (first.value, second.value)
        #expect(events.withLock { $0 } == ["start", "layer 1"])
    }

    @Test func `a waiting job that is cancelled leaves the line and the next one moves up`() async throws {
        let handler = GatedHandler(), manual = HandDrivenTime()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 1), time: manual.time)
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(job(1)) }
        _ = await started.next()
        let second = Task { try await scheduler.run(job(2), client: "b") }
        await untilWaiting(1, in: scheduler)
        let third = Task { try await scheduler.run(job(3), client: "c") }
        await untilWaiting(2, in: scheduler)
        let before = scheduler.predictedSeconds(for: smallCost)
        second.cancel()
        await #expect(throws: JobError(.cancelled, "The job was cancelled while it waited in line.")) { try await second.value }
        #expect(scheduler.predictedSeconds(for: smallCost) < before)
        handler.releaseOne()
        #expect(await started.next() == 3)
        handler.releaseOne()
        _ = try await (first.value, third.value)
        #expect(handler.order == [1, 3])
    }

    @Test func `a running job that is cancelled keeps its slot until the handler returns`() async throws {
        let handler = GatedHandler()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 1))
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(job(1)) }
        _ = await started.next()
        let second = Task { try await scheduler.run(job(2)) }
        await untilWaiting(1, in: scheduler)
        first.cancel()
        #expect(scheduler.load.running == 1)
        #expect(scheduler.load.waiting == 1)
        handler.releaseAll()
        _ = try await (first.value, second.value)
        #expect(handler.mostAtOnce == 1)
    }

    @Test func `a direct job that overtakes is run as urgent, beside jobs of the queue`() async throws {
        let handler = GatedHandler()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 2))
        var started = handler.started.makeAsyncIterator()
        var tasks: [Task<SchedulerOutcome, any Error>] = []
        for number in 1...2 {
            tasks.append(Task { try await scheduler.run(job(number), client: "store", line: .queued) })
            #expect(await started.next() == number)
        }
        tasks.append(Task { try await scheduler.run(job(3)) })
        #expect(await started.next() == 3)
        #expect(scheduler.load.running == 3)
        tasks.append(Task { try await scheduler.run(job(4)) })
        await untilWaiting(1, in: scheduler)
        handler.releaseAll()
        for task in tasks { #expect(result(try await task.value) != nil) }
        #expect(handler.mostAtOnce == 3)
        #expect(handler.urgent.first == 3)
        #expect(!handler.urgent.contains(1) && !handler.urgent.contains(2))
        #expect(scheduler.load.running == 0)
    }

    @Test func `a job beyond the line's end is refused with the time to try again`() async throws {
        let handler = GatedHandler()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 1, waitingJobs: 0))
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(job(1)) }
        _ = await started.next()
        let error = await #expect(throws: JobError.self) { try await scheduler.run(job(2)) }
        #expect(error?.kind == .overloaded)
        #expect((1...60).contains(error?.retryAfter ?? 0))
        handler.releaseOne()
        _ = try await first.value
        #expect(scheduler.load.running == 0)
        #expect(scheduler.load.coreSecondsPerMegapixel != nil)
    }

    @Test func `a job larger than the memory is refused in words`() async {
        let scheduler = Scheduler(handler: GatedHandler(), limits: .init(slots: 1, memoryBytes: 500_000_000))
        let error = await #expect(throws: JobError.self) {
            try await scheduler.run(
                job(1), cost: JobCost(pixels: 1, memoryBytes: 700_000_000), terms: JobTerms(client: "a"))
        }
        #expect(error?.kind == .imageTooLarge)
        #expect(error?.message.contains("700 MB") == true && error?.message.contains("500 MB") == true)
    }

    @Test func `what would take too long is not taken`() async throws {
        let handler = GatedHandler()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 1))
        let outcome = try await scheduler.run(job(1), cost: smallCost, terms: JobTerms(client: "a", maximumWait: 0.001))
        guard case .notNow(let seconds) = outcome else {
            Issue.record("it was run")
            return
        }
        #expect(seconds > 0.001)
        #expect(handler.order == [])
        #expect(scheduler.load.waiting == 0)
    }

    @Test func `a client that waits gets its answer at the deadline, not when a slot frees`() async throws {
        let handler = GatedHandler(), manual = HandDrivenTime()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 1), time: manual.time)
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(job(1)) }
        _ = await started.next()
        let terms = JobTerms(client: "b", deadline: manual.now + .seconds(5))
        let second = Task { try await scheduler.run(job(2), cost: smallCost, terms: terms) }
        await untilWaiting(1, in: scheduler)
        while manual.sleepers == 0 { await Task.yield() }
        manual.pass(.seconds(5))
        let error = await #expect(throws: JobError.self) { try await second.value }
        #expect(error?.kind == .expired)
        #expect(error?.retryAfter != nil)
        #expect(scheduler.load.running == 1)
        handler.releaseAll()
        _ = try await first.value
        #expect(handler.order == [1])
    }

    @Test func `a promise that can't be kept is given back before the slot frees`() async throws {
        let handler = GatedHandler(), manual = HandDrivenTime()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 1), time: manual.time)
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(job(1)) }
        _ = await started.next()
        let second = Task { try await scheduler.run(job(2), cost: smallCost, terms: JobTerms(client: "b", maximumWait: 3)) }
        await untilWaiting(1, in: scheduler)
        while manual.sleepers == 0 { await Task.yield() }
        manual.pass(.seconds(3.3))
        guard case .notNow = try await second.value else {
            Issue.record("it was run")
            return
        }
        handler.releaseAll()
        _ = try await first.value
    }

    @Test func `an alarm that nobody needs any more is put away`() async throws {
        let handler = GatedHandler(), manual = HandDrivenTime()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 1), time: manual.time)
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(job(1)) }
        _ = await started.next()
        let terms = JobTerms(client: "b", deadline: manual.now + .seconds(5))
        let second = Task { try await scheduler.run(job(2), cost: smallCost, terms: terms) }
        await untilWaiting(1, in: scheduler)
        while manual.sleepers == 0 { await Task.yield() }
        handler.releaseAll()
        _ = try await (first.value, second.value)
        while manual.sleepers > 0 { await Task.yield() }
    }

    @Test func `draining finishes what was accepted and refuses what comes later`() async throws {
        let handler = GatedHandler()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 1))
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(job(1)) }
        _ = await started.next()
        let second = Task { try await scheduler.run(job(2)) }
        await untilWaiting(1, in: scheduler)
        scheduler.beginDraining()
        let drained = Task { await scheduler.drain() }
        let error = await #expect(throws: JobError.self) { try await scheduler.run(job(3)) }
        #expect(error?.kind == .draining)
        handler.releaseOne()
        #expect(await started.next() == 2)
        handler.releaseOne()
        _ = try await (first.value, second.value)
        await drained.value
        #expect(handler.order == [1, 2])
        scheduler.resume()
        handler.releaseAll()
        #expect(result(try await scheduler.run(job(4))) != nil)
    }

    @Test func `an idle scheduler drains at once`() async {
        await Scheduler(handler: GatedHandler(), limits: .init(slots: 1)).drain()
    }

    @Test(arguments: [true, false])
    func `who waits for the drain need not wait for ever`(isCancelled: Bool) async throws {
        let handler = GatedHandler()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 1))
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(job(1)) }
        _ = await started.next()
        let drained = Task { await scheduler.drain() }
        if isCancelled {
            drained.cancel()
        } else {
            // Until the drain has begun, jobs are taken; a probe that is cancelled at once looks whether.
            while await !isRefused(by: scheduler), !Task.isCancelled {}
            scheduler.resume()
        }
        await drained.value
        handler.releaseAll()
        _ = try await first.value
    }

    private func isRefused(by scheduler: Scheduler) async -> Bool {
        let probe = Task { try await scheduler.run(job(9)) }
        await Task.yield()
        probe.cancel()
        do {
            _ = try await probe.value
            return false
        } catch {
            return (error as? JobError)?.kind == .draining
        }
    }

    @Test(arguments: 1...5)
    func `hundreds of tasks, many of them cancelled: each ends once, and no slot is lost`(seed: UInt64) async throws {
        var generator = SeededGenerator(seed)
        let handler = GatedHandler()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 4, memoryBytes: 3))
        let tasks = (1...400).map { number in
            let terms = JobTerms(client: "client \(number % 7)")
            return Task { try await scheduler.run(job(number), cost: smallCost, terms: terms) }
        }
        let opener = Task {
            for _ in 0..<100 {
                handler.releaseOne()
                await Task.yield()
            }
            handler.releaseAll()
        }
        for task in tasks where Int.random(in: 0..<3, using: &generator) == 0 {
            task.cancel()
            if Bool.random(using: &generator) { await Task.yield() }
        }
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
        #expect(handler.mostAtOnce <= 3)
        let load = scheduler.load
        #expect(load.running == 0 && load.waiting == 0 && load.memoryInUse == 0)
    }
}
