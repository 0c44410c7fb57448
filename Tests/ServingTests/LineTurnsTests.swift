import Serving
import Testing

@Suite struct LineTurnsTests {
    private let both = PerLine(direct: true, queued: true)

    /// Starts `count` jobs with both lines full, the costs as given, and returns what each line has got.
    private func share(_ count: Int, costs: PerLine<Double>, turns: inout LineTurns) -> PerLine<Double> {
        var got = PerLine(direct: 0.0, queued: 0.0)
        for _ in 0..<count {
            guard let line = turns.next(among: both) else { continue }
            turns.start(line, coreSeconds: costs[line])
            got[line] += costs[line]
        }
        return got
    }

    @Test func `equal jobs alternate, the direct line first`() {
        var turns = LineTurns()
        var order: [JobTerms.Line?] = []
        for _ in 0..<4 {
            let line = turns.next(among: both)
            order.append(line)
            turns.start(line ?? .direct, coreSeconds: 1)
        }
        #expect(order == [.direct, .queued, .direct, .queued])
    }

    @Test func `large jobs in one line don't squeeze the other`() {
        var turns = LineTurns()
        let got = share(1_100, costs: PerLine(direct: 1, queued: 10), turns: &turns)
        #expect(abs(got.direct - got.queued) <= 10)
    }

    @Test func `a line alone gets everything, and an empty house nobody`() {
        let turns = LineTurns()
        #expect(turns.next(among: PerLine(direct: false, queued: true)) == .queued)
        #expect(turns.next(among: PerLine(direct: true, queued: false)) == .direct)
        #expect(turns.next(among: PerLine(direct: false, queued: false)) == nil)
    }

    @Test func `who was away claims nothing for that time`() {
        for away in JobTerms.Line.allCases {
            var turns = LineTurns()
            for _ in 0..<1_000 { turns.start(away.other, coreSeconds: 1) }
            turns.becomeBusy(away, otherRunning: 0)
            let got = share(100, costs: PerLine(direct: 1, queued: 1), turns: &turns)
            #expect(abs(got.direct - got.queued) <= 2)
        }
    }

    @Test func `an old lead is no debt to a line that becomes busy later again`() {
        var turns = LineTurns()
        for _ in 0..<100 { turns.start(.direct, coreSeconds: 1) }
        turns.becomeBusy(.queued, otherRunning: 0)  // empty again before the direct line comes back
        turns.becomeBusy(.direct, otherRunning: 0)
        let got = share(10, costs: PerLine(direct: 1, queued: 1), turns: &turns)
        #expect(abs(got.direct - got.queued) <= 2)
    }

    @Test func `a line that comes a moment late gets the turn that the running job took`() {
        var turns = LineTurns()
        turns.start(.queued, coreSeconds: 3)
        turns.start(.direct, coreSeconds: 10)
        turns.becomeBusy(.queued, otherRunning: 10)
        let got = share(3, costs: PerLine(direct: 10, queued: 3), turns: &turns)
        #expect(got.queued == 9)
    }

    @Test func `what a job took in the end is what counts`() {
        var turns = LineTurns()
        turns.start(.direct, coreSeconds: 1)
        turns.correct(.direct, by: 2)
        let got = share(3, costs: PerLine(direct: 1, queued: 1), turns: &turns)
        #expect(got == PerLine(direct: 0, queued: 3))
    }
}

extension JobTerms.Line {
    fileprivate var other: Self { self == .direct ? .queued : .direct }
}
