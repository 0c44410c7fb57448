import Serving
import Testing

@Suite struct FairQueueTests {
    private func waiting(
        _ ticket: UInt64, _ client: String, _ coreSeconds: Double = 1, bytes: Int = 0,
        deadline: ContinuousClock.Instant? = nil, latestStart: ContinuousClock.Instant? = nil
    ) -> WaitingJob {
        WaitingJob(
            ticket: ticket, client: client, cost: JobCost(pixels: 1, memoryBytes: 1), coreSeconds: coreSeconds,
            encodedBytes: bytes, deadline: deadline, latestStart: latestStart)
    }

    private func order(_ queue: FairQueue) -> [UInt64] { (0..<queue.count).map { queue[$0].ticket } }

    @Test func `clients with one job each are served in order of arrival`() {
        var queue = FairQueue()
        for ticket in 1...5 { queue.enqueue(waiting(UInt64(ticket), "client \(ticket)", Double(6 - ticket))) }
        #expect(order(queue) == [1, 2, 3, 4, 5])
    }

    @Test func `a client's thousandth job lets the first job of every other client pass`() {
        var queue = FairQueue()
        for ticket in 1...1_000 { queue.enqueue(waiting(UInt64(ticket), "flood")) }
        #expect(queue.position(for: "other") == 1)
        queue.enqueue(waiting(2_000, "other"))
        #expect(queue.position(for: "third") == 2)
        queue.enqueue(waiting(2_001, "third"))
        queue.enqueue(waiting(2_002, "other"))
        #expect(order(queue).prefix(5) == [1, 2_000, 2_001, 2, 2_002])
    }

    @Test func `shares are measured in core-seconds, so large jobs start less often`() {
        var queue = FairQueue()
        for ticket in 1...4 { queue.enqueue(waiting(UInt64(ticket), "large", 4)) }
        for ticket in 11...18 { queue.enqueue(waiting(UInt64(ticket), "small", 1)) }
        var got = ["large": 0.0, "small": 0.0]
        for _ in 0..<10 {
            let job = queue.dequeue(at: 0)
            got[job.client, default: 0] += job.coreSeconds
        }
        #expect(got == ["large": 8, "small": 8])
    }

    @Test func `a client that returns at once does not pass those that have waited`() {
        var queue = FairQueue()
        for ticket in 1...3 { queue.enqueue(waiting(UInt64(ticket), "client \(ticket)")) }
        for ticket in 4...300 {
            let started = queue.dequeue(at: 0)
            #expect(started.ticket == UInt64(ticket - 3))
            queue.enqueue(waiting(UInt64(ticket), started.client))
        }
    }

    @Test func `a client with many jobs is not starved by new clients`() {
        var queue = FairQueue()
        for ticket in 1...10 { queue.enqueue(waiting(UInt64(ticket), "flood")) }
        for ticket in 11...14 { queue.enqueue(waiting(UInt64(ticket), "client \(ticket)")) }
        var starts = 0
        var next = UInt64(15)
        while let left = (0..<queue.count).last(where: { queue[$0].client == "flood" }), left >= 0, starts < 1_000 {
            _ = queue.dequeue(at: 0)
            starts += 1
            queue.enqueue(waiting(next, "client \(next)"))
            next += 1
        }
        #expect(starts <= 10 * 15)
    }

    @Test func `later jobs of a client move up when one is removed`() {
        var queue = FairQueue()
        for ticket in 1...3 { queue.enqueue(waiting(UInt64(ticket), "a", 10)) }
        queue.enqueue(waiting(4, "b", 3))
        queue.enqueue(waiting(5, "b", 3))
        #expect(order(queue) == [1, 4, 5, 2, 3])
        _ = queue.remove(at: 0)
        #expect(order(queue) == [2, 4, 5, 3])
        _ = queue.remove(at: 0)
        #expect(order(queue) == [3, 4, 5])
        #expect(queue.position(for: "a") == 3)
    }

    @Test func `cancelled jobs do not count against their client`() {
        var queue = FairQueue()
        for ticket in 1...100 { queue.enqueue(waiting(UInt64(ticket), "a")) }
        for ticket in 101...105 { queue.enqueue(waiting(UInt64(ticket), "b")) }
        for ticket in 1...100 { _ = queue.remove(at: queue.position(of: UInt64(ticket)) ?? 0) }
        #expect(queue.position(for: "a") == 1)
    }

    @Test func `only the bytes of waiting jobs are counted`() {
        var queue = FairQueue()
        for ticket in 1...3 { queue.enqueue(waiting(UInt64(ticket), "a", bytes: 10)) }
        #expect(queue.encodedBytes == 30)
        _ = queue.dequeue(at: 0)
        _ = queue.remove(at: 1)
        #expect(queue.encodedBytes == 10)
        #expect(order(queue) == [2])
        #expect(queue.position(of: 1) == nil)
    }

    @Test func `the job that expires first sets the timer`() {
        let now = ContinuousClock.now
        var queue = FairQueue()
        #expect(queue.nextExpiry == nil)
        queue.enqueue(waiting(1, "a"))
        queue.enqueue(waiting(2, "b", deadline: now + .seconds(5), latestStart: now + .seconds(3)))
        queue.enqueue(waiting(3, "c", deadline: now + .seconds(4)))
        #expect(queue.nextExpiry == now + .seconds(3))
        #expect(queue.firstExpired(at: now + .seconds(2.9)) == nil)
        #expect(queue.firstExpired(at: now + .seconds(3)) == 1)
        _ = queue.remove(at: 1)
        #expect(queue.nextExpiry == now + .seconds(4))
    }

    @Test func `ten thousand clients that come and go are not tracked forever`() {
        var queue = FairQueue()
        for ticket in 1...10_000 {
            queue.enqueue(waiting(UInt64(ticket), "client \(ticket)"))
            if ticket > 5 { _ = ticket % 3 == 0 ? queue.remove(at: 2) : queue.dequeue(at: 0) }
        }
        #expect(queue.trackedClients < 200)
    }
}
