/// When the requests of the open model are due, on one of several event loops that share them.
///
/// Poisson arrivals shared out at random are Poisson arrivals of each share; even ones are dealt like cards.
package struct ArrivalSchedule {
    private let arrivals: Arrivals
    private let loops: Int
    private let place: Int
    private var random: SeededRandom
    /// Between two arrivals of this loop, in nanoseconds.
    private var meanGap = 0.0
    /// The next arrival, in nanoseconds; nil while the rate is 0. A Double would lose its nanoseconds after some hours.
    package private(set) var next: UInt64?
    /// What the rounding of the last gap left over.
    private var remainder = 0.0

    /// The schedule of loop `place` of `loops`, at rest.
    package init(_ arrivals: Arrivals, loops: Int, place: Int, seed: UInt64) {
        self.arrivals = arrivals
        self.loops = loops
        self.place = place
        random = SeededRandom(seed: seed)
    }

    /// From `now` on `perSecond` arrive on all loops together; 0 for none.
    package mutating func setRate(_ perSecond: Double, now: UInt64) {
        guard perSecond > 0, perSecond.isFinite else {
            next = nil
            return
        }
        meanGap = 1e9 * Double(loops) / perSecond
        remainder = 0
        switch arrivals {
        case .even: next = now + UInt64(meanGap * Double(place) / Double(loops))
        case .poisson:
            next = now
            advance()
        }
    }

    /// The present arrival has been dealt with.
    package mutating func advance() {
        guard let last = next else { return }
        let gap = (arrivals == .even ? meanGap : meanGap * random.exponential()) + remainder
        let whole = gap.rounded(.down)
        remainder = gap - whole
        next = last + UInt64(min(whole, 1e18))
    }
}
