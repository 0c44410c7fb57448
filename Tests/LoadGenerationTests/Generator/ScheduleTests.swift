import LoadGeneration
import Testing

/// When things are due: pure arithmetic on nanoseconds.
@Suite struct ScheduleTests {
    private static let second: UInt64 = 1_000_000_000

    /// Arrivals up to `end` of all loops together, in order.
    private func arrivals(_ kind: Arrivals, loops: Int, rate: Double, until end: UInt64) -> [UInt64] {
        (0..<loops).flatMap { place -> [UInt64] in
            var schedule = ArrivalSchedule(kind, loops: loops, index: place, seed: 7 + UInt64(place))
            schedule.setRate(rate, now: 0)
            var times: [UInt64] = []
            while let next = schedule.next, next < end {
                times.append(next)
                schedule.advance()
            }
            return times
        }.sorted()
    }

    @Test(arguments: [1, 2, 3]) func `even arrivals of all loops together are even`(_ loops: Int) {
        let times = arrivals(.even, loops: loops, rate: 300, until: 10 * Self.second)
        #expect(times.count == 3_000)
        let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect(gaps.allSatisfy { (3_333_332...3_333_335).contains($0) })
    }

    @Test(arguments: [1, 4]) func `Poisson arrivals have the mean and the spread of a Poisson process`(_ loops: Int) {
        let times = arrivals(.poisson, loops: loops, rate: 1_000, until: 100 * Self.second)
        let gaps = zip(times.dropFirst(), times).map { Double($0 - $1) / 1e6 }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let deviation = (gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)).squareRoot()
        // 100,000 gaps: the mean is known to about 0.3 %.
        #expect(abs(mean - 1) < 0.02 && abs(deviation - 1) < 0.03)
        #expect(abs(Double(gaps.count(where: { $0 > 1 })) / Double(gaps.count) - 0.3679) < 0.01)
    }

    @Test func `a schedule does not drift with rounding`() {
        var schedule = ArrivalSchedule(.even, loops: 1, index: 0, seed: 1)
        schedule.setRate(7, now: 5)
        for _ in 0..<7_000_000 { schedule.advance() }
        #expect(schedule.next.map { abs(Int($0) - 5 - 1_000_000 * Int(Self.second)) <= 100 } == true)
    }

    @Test func `the same seed gives the same arrivals, and rate 0 none`() {
        #expect(
            arrivals(.poisson, loops: 1, rate: 10, until: 9 * Self.second)
                == arrivals(.poisson, loops: 1, rate: 10, until: 9 * Self.second))
        #expect(arrivals(.even, loops: 2, rate: 0, until: 9).isEmpty)
    }

    @Test func `users are spawned one after the other, whichever loop they belong to`() {
        var times: [UInt64] = []
        for place in 0..<3 {
            let share = SpawnSchedule.share(of: 10, loops: 3, index: place)
            var schedule = SpawnSchedule(count: share, perSecond: 5, start: 100, loops: 3, index: place)
            while let next = schedule.next {
                times.append(next)
                #expect(schedule.take(now: next) == 1)
            }
        }
        #expect(times.sorted() == (0..<10).map { 100 + $0 * Self.second / 5 })
    }

    @Test func `without a spawn rate all users start at once`() {
        var schedule = SpawnSchedule(count: 9, perSecond: .infinity, start: 1, loops: 1, index: 0)
        #expect(schedule.take(now: 1) == 9 && schedule.next == nil)
    }

    @Test func `the loops' shares add up`() {
        for total in 0..<20 {
            #expect((0..<3).map { SpawnSchedule.share(of: total, loops: 3, index: $0) }.reduce(0, +) == total)
        }
    }

    @Test func `wait times follow their distributions`() {
        var random = SeededRandom(seed: 3)
        #expect(WaitTime.none.next(due: 0, end: 5, random: &random) == nil)
        #expect(WaitTime.constant(2).next(due: 0, end: 5, random: &random) == 5 + 2 * Self.second)
        let waits = (0..<10_000).compactMap { _ in WaitTime.between(1, 3).next(due: 0, end: 0, random: &random) }
        #expect(waits.allSatisfy { (Self.second...3 * Self.second).contains($0) })
        let mean = waits.reduce(0.0) { $0 + Double($1) } / 1e13
        #expect(abs(mean - 2) < 0.05)
        #expect(WaitTime.between(1, 3).mean(latency: 9) == 2 && WaitTime.pacing(3).mean(latency: 1) == 2)
    }

    @Test func `pacing keeps its schedule, and a late user starts a new one`() {
        var random = SeededRandom(seed: 3)
        #expect(WaitTime.pacing(1).next(due: 10, end: 400, random: &random) == 10 + Self.second)
        #expect(WaitTime.pacing(1).next(due: 10, end: 2 * Self.second, random: &random) == nil)
    }

    @Test func `invalid wait times are reported`() {
        #expect(
            WaitTime.between(3, 1).problem != nil && WaitTime.constant(-1).problem != nil && WaitTime.pacing(.nan).problem != nil)
        #expect(WaitTime.between(1, 3).problem == nil && WaitTime.none.problem == nil)
    }

    @Test func `choices follow the weights`() {
        let choice = WeightedChoice([3, 1])
        var random = SeededRandom(seed: 1)
        var first = 0
        for _ in 0..<40_000 where choice.next(&random) == 0 { first += 1 }
        #expect(abs(first - 30_000) < 500)
    }

    @Test func `pictures are decoded at a bounded rate, the first at once`() {
        func taken(_ budget: inout DecodeBudget, tries: Int, now: UInt64) -> Int {
            var count = 0
            for _ in 0..<tries where budget.take(now: now) { count += 1 }
            return count
        }
        var budget = DecodeBudget(perSecond: 2, now: 0)
        #expect(taken(&budget, tries: 5, now: 1) == 2)
        #expect(taken(&budget, tries: 5, now: 2 * Self.second) == 2)
        #expect(taken(&budget, tries: 5, now: 2 * Self.second + Self.second / 2) == 1)
        var none = DecodeBudget(perSecond: 0, now: 0)
        #expect(taken(&none, tries: 5, now: Self.second) == 0)
        var all = DecodeBudget(perSecond: .infinity, now: 0)
        #expect(taken(&all, tries: 100, now: 0) == 100)
    }
}
