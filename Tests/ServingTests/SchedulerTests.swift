import Serving
import Testing

@Suite(.timeLimit(.minutes(1))) struct SchedulerTests {
    /// Waits, without a clock, until the scheduler says that so many jobs are in its line.
    private func untilWaiting(_ count: Int, in scheduler: Scheduler) async {
        while scheduler.load.waiting != count { await Task.yield() }
    }

    @Test func `jobs run in the order they came, never more at once than there are slots`() async throws {
        let handler = GatedHandler()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 2))
        var started = handler.started.makeAsyncIterator()
        var tasks: [Task<JobResult, any Error>] = []
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
            let result = try await task.value
            #expect(result.timings.map(\.name) == ["queue", "run"])
        }
        #expect(handler.mostAtOnce == 2)
        #expect(handler.order == [1, 2, 3, 4, 5])
    }

    @Test func `a waiting job that is cancelled leaves the line and the next one moves up`() async throws {
        let handler = GatedHandler()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 1))
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(job(1)) }
        _ = await started.next()
        let second = Task { try await scheduler.run(job(2)) }
        await untilWaiting(1, in: scheduler)
        let third = Task { try await scheduler.run(job(3)) }
        await untilWaiting(2, in: scheduler)
        second.cancel()
        await #expect(throws: JobError(.cancelled, "The job was cancelled while it waited in line.")) { try await second.value }
        handler.releaseOne()
        #expect(await started.next() == 3)
        handler.releaseOne()
        _ = try await (first.value, third.value)
        #expect(handler.order == [1, 3])
    }

    @Test func `a job beyond the line's end is refused with the time to try again`() async throws {
        let handler = GatedHandler()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 1, waitingJobs: 0), retryAfter: 7)
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(job(1)) }
        _ = await started.next()
        let error = await #expect(throws: JobError.self) { try await scheduler.run(job(2)) }
        #expect(error?.kind == .overloaded)
        #expect(error?.retryAfter == 7)
        handler.releaseOne()
        _ = try await first.value
        #expect(scheduler.load == (0, 0))
    }

    @Test func `draining finishes what was accepted and refuses what comes later`() async throws {
        let handler = GatedHandler()
        let scheduler = Scheduler(handler: handler, limits: .init(slots: 1))
        var started = handler.started.makeAsyncIterator()
        let first = Task { try await scheduler.run(job(1)) }
        _ = await started.next()
        let second = Task { try await scheduler.run(job(2)) }
        await untilWaiting(1, in: scheduler)
        let drained = Task { await scheduler.drain() }
        var refused: JobError?
        while refused == nil {  // until the drain has begun, a probe waits in line: cancel it and look again
            let probe = Task { try await scheduler.run(job(3)) }
            await Task.yield()
            probe.cancel()
            do { _ = try await probe.value } catch let error as JobError { if error.kind == .overloaded { refused = error } }
        }
        handler.releaseOne()
        #expect(await started.next() == 2)
        handler.releaseOne()
        _ = try await (first.value, second.value)
        await drained.value
        #expect(handler.order == [1, 2])
    }

    @Test func `an idle scheduler drains at once`() async {
        await Scheduler(handler: GatedHandler(), limits: .init(slots: 1)).drain()
    }

    @Test func `readiness only moves forward`() {
        let readiness = Readiness()
        #expect(readiness.current == .starting)
        readiness.becomeReady()
        #expect(readiness.current == .ready)
        readiness.beginDraining()
        readiness.becomeReady()
        #expect(readiness.current == .draining)
    }

    @Test func `a handler that is still loading asks to come back`() async throws {
        let loading = LoadingHandler()
        let error = await #expect(throws: JobError.self) { try await loading.run(job(1)) }
        #expect(error?.kind == .overloaded)
        #expect(error?.retryAfter != nil)
        let handler = GatedHandler()
        loading.install(handler)
        let task = Task { try await loading.run(job(4)) }
        var started = handler.started.makeAsyncIterator()
        #expect(await started.next() == 4)
        handler.releaseOne()
        #expect(try await task.value.bytes.count == 4)
    }
}
