import Serving
import Testing

@Suite struct FairShareTests {
    private let both = PerJobClass(direct: true, queued: true)

    /// Starts `count` jobs while both classes have jobs of the given costs, and returns what each class has received.
    private func share(_ count: Int, costs: PerJobClass<Double>, fairShare: inout FairShare) -> PerJobClass<Double> {
        var got = PerJobClass(direct: 0.0, queued: 0.0)
        for _ in 0..<count {
            guard let jobClass = fairShare.next(among: both) else { continue }
            fairShare.start(jobClass, coreSeconds: costs[jobClass])
            got[jobClass] += costs[jobClass]
        }
        return got
    }

    @Test func `equal jobs alternate, the direct class first`() {
        var fairShare = FairShare()
        var order: [JobClass?] = []
        for _ in 0..<4 {
            let jobClass = fairShare.next(among: both)
            order.append(jobClass)
            fairShare.start(jobClass ?? .direct, coreSeconds: 1)
        }
        #expect(order == [.direct, .queued, .direct, .queued])
    }

    @Test func `large jobs of one class do not starve the other`() {
        var fairShare = FairShare()
        let got = share(1_100, costs: PerJobClass(direct: 1, queued: 10), fairShare: &fairShare)
        #expect(abs(got.direct - got.queued) <= 10)
    }

    @Test func `a class alone goes next, and without jobs neither does`() {
        let fairShare = FairShare()
        #expect(fairShare.next(among: PerJobClass(direct: false, queued: true)) == .queued)
        #expect(fairShare.next(among: PerJobClass(direct: true, queued: false)) == .direct)
        #expect(fairShare.next(among: PerJobClass(direct: false, queued: false)) == nil)
    }

    @Test func `a class gets no credit for the time it was idle`() {
        for away in JobClass.allCases {
            var fairShare = FairShare()
            for _ in 0..<1_000 { fairShare.start(away.other, coreSeconds: 1) }
            fairShare.becomeBusy(away, otherRunning: 0)
            let got = share(100, costs: PerJobClass(direct: 1, queued: 1), fairShare: &fairShare)
            #expect(abs(got.direct - got.queued) <= 2)
        }
    }

    @Test func `an old lead does not count against a class that becomes busy again`() {
        var fairShare = FairShare()
        for _ in 0..<100 { fairShare.start(.direct, coreSeconds: 1) }
        fairShare.becomeBusy(.queued, otherRunning: 0)  // idle again before the direct class returns
        fairShare.becomeBusy(.direct, otherRunning: 0)
        let got = share(10, costs: PerJobClass(direct: 1, queued: 1), fairShare: &fairShare)
        #expect(abs(got.direct - got.queued) <= 2)
    }

    @Test func `a class whose job arrives a moment late gets the turn that a running job took`() {
        var fairShare = FairShare()
        fairShare.start(.queued, coreSeconds: 3)
        fairShare.start(.direct, coreSeconds: 10)
        fairShare.becomeBusy(.queued, otherRunning: 10)
        let got = share(3, costs: PerJobClass(direct: 10, queued: 3), fairShare: &fairShare)
        #expect(got.queued == 9)
    }

    @Test func `the actual cost of a job counts`() {
        var fairShare = FairShare()
        fairShare.start(.direct, coreSeconds: 1)
        fairShare.correct(.direct, by: 2)
        let got = share(3, costs: PerJobClass(direct: 1, queued: 1), fairShare: &fairShare)
        #expect(got == PerJobClass(direct: 0, queued: 3))
    }
}
