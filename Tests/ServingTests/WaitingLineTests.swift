import Serving
import Testing

@Suite struct WaitingLineTests {
    private func waiting(
        _ ticket: UInt64, _ client: String, _ coreSeconds: Double = 1, bytes: Int = 0,
        deadline: ContinuousClock.Instant? = nil, latestStart: ContinuousClock.Instant? = nil
    ) -> WaitingJob {
        WaitingJob(
            ticket: ticket, client: client, cost: JobCost(pixels: 1, memoryBytes: 1), coreSeconds: coreSeconds,
            encodedBytes: bytes, deadline: deadline, latestStart: latestStart)
    }

    private func order(_ line: WaitingLine) -> [UInt64] { (0..<line.count).map { line[$0].ticket } }

    @Test func `clients with one job each are served as they come`() {
        var line = WaitingLine()
        for ticket in 1...5 { line.join(waiting(UInt64(ticket), "client \(ticket)", Double(6 - ticket))) }
        #expect(order(line) == [1, 2, 3, 4, 5])
    }

    @Test func `a client's thousandth job lets everybody else's first go before`() {
        var line = WaitingLine()
        for ticket in 1...1_000 { line.join(waiting(UInt64(ticket), "flood")) }
        #expect(line.place(for: "other") == 1)
        line.join(waiting(2_000, "other"))
        #expect(line.place(for: "third") == 2)
        line.join(waiting(2_001, "third"))
        line.join(waiting(2_002, "other"))
        #expect(order(line).prefix(5) == [1, 2_000, 2_001, 2, 2_002])
    }

    @Test func `turns count core-seconds, so large jobs come less often`() {
        var line = WaitingLine()
        for ticket in 1...4 { line.join(waiting(UInt64(ticket), "large", 4)) }
        for ticket in 11...18 { line.join(waiting(UInt64(ticket), "small", 1)) }
        var got = ["large": 0.0, "small": 0.0]
        for _ in 0..<10 {
            let job = line.start(at: 0)
            got[job.client, default: 0] += job.coreSeconds
        }
        #expect(got == ["large": 8, "small": 8])
    }

    @Test func `a client that comes back at once does not overtake those who waited`() {
        var line = WaitingLine()
        for ticket in 1...3 { line.join(waiting(UInt64(ticket), "client \(ticket)")) }
        for ticket in 4...300 {
            let started = line.start(at: 0)
            #expect(started.ticket == UInt64(ticket - 3))
            line.join(waiting(UInt64(ticket), started.client))
        }
    }

    @Test func `a flood's turn comes though new clients arrive for ever`() {
        var line = WaitingLine()
        for ticket in 1...10 { line.join(waiting(UInt64(ticket), "flood")) }
        for ticket in 11...14 { line.join(waiting(UInt64(ticket), "client \(ticket)")) }
        var starts = 0
        var next = UInt64(15)
        while let left = (0..<line.count).last(where: { line[$0].client == "flood" }), left >= 0, starts < 1_000 {
            _ = line.start(at: 0)
            starts += 1
            line.join(waiting(next, "client \(next)"))
            next += 1
        }
        #expect(starts <= 10 * 15)
    }

    @Test func `who leaves lets the same client's later jobs move up`() {
        var line = WaitingLine()
        for ticket in 1...3 { line.join(waiting(UInt64(ticket), "a", 10)) }
        line.join(waiting(4, "b", 3))
        line.join(waiting(5, "b", 3))
        #expect(order(line) == [1, 4, 5, 2, 3])
        _ = line.leave(at: 0)
        #expect(order(line) == [2, 4, 5, 3])
        _ = line.leave(at: 0)
        #expect(order(line) == [3, 4, 5])
        #expect(line.place(for: "a") == 3)
    }

    @Test func `a client that has cancelled its jobs is not in debt for them`() {
        var line = WaitingLine()
        for ticket in 1...100 { line.join(waiting(UInt64(ticket), "a")) }
        for ticket in 101...105 { line.join(waiting(UInt64(ticket), "b")) }
        for ticket in 1...100 { _ = line.leave(at: line.place(of: UInt64(ticket)) ?? 0) }
        #expect(line.place(for: "a") == 1)
    }

    @Test func `bytes are counted for those who wait and only those`() {
        var line = WaitingLine()
        for ticket in 1...3 { line.join(waiting(UInt64(ticket), "a", bytes: 10)) }
        #expect(line.encodedBytes == 30)
        _ = line.start(at: 0)
        _ = line.leave(at: 1)
        #expect(line.encodedBytes == 10)
        #expect(order(line) == [2])
        #expect(line.place(of: 1) == nil)
    }

    @Test func `the one whose patience ends first sets the alarm`() {
        let now = ContinuousClock.now
        var line = WaitingLine()
        #expect(line.nextImpatience == nil)
        line.join(waiting(1, "a"))
        line.join(waiting(2, "b", deadline: now + .seconds(5), latestStart: now + .seconds(3)))
        line.join(waiting(3, "c", deadline: now + .seconds(4)))
        #expect(line.nextImpatience == now + .seconds(3))
        #expect(line.placeOfImpatient(at: now + .seconds(2.9)) == nil)
        #expect(line.placeOfImpatient(at: now + .seconds(3)) == 1)
        _ = line.leave(at: 1)
        #expect(line.nextImpatience == now + .seconds(4))
    }

    @Test func `ten thousand clients that come and go are forgotten`() {
        var line = WaitingLine()
        for ticket in 1...10_000 {
            line.join(waiting(UInt64(ticket), "client \(ticket)"))
            if ticket > 5 { _ = ticket % 3 == 0 ? line.leave(at: 2) : line.start(at: 0) }
        }
        #expect(line.rememberedClients < 200)
    }
}
