/// When the requests of the open model are due, on one of several event loops that share them.
///
/// Poisson arrivals shared out at random are Poisson arrivals in each share; even ones are dealt round-robin.
package struct ArrivalSchedule {
    private let arrivals: Arrivals
    private let loops: Int
    private let index: Int
    private var random: SeededRandom
    /// The mean gap between two arrivals of this loop, in nanoseconds.
    private var meanGap = 0.0
    /// The next arrival, in nanoseconds; nil while the rate is 0. A Double would lose its nanoseconds after some hours.
    package private(set) var next: UInt64?
    /// What rounding the last gap left over.
    private var remainder = 0.0

    /// The schedule of loop `index` of `loops`, with rate 0.
    package init(_ arrivals: Arrivals, loops: Int, index: Int, seed: UInt64) {
        self.arrivals = arrivals
        self.loops = loops
        self.index = index
        random = SeededRandom(seed: seed)
    }

    /// Sets the arrivals a second of all loops together, from `now` on; 0 for none.
    package mutating func setRate(_ perSecond: Double, now: UInt64) {
        guard perSecond > 0, perSecond.isFinite else {
            next = nil
            return
        }
        meanGap = 1e9 * Double(loops) / perSecond
        remainder = 0
        switch arrivals {
        case .even: next = now + UInt64(meanGap * Double(index) / Double(loops))
        case .poisson:
            next = now
            advance()
        }
    }

    /// Moves on to the arrival after `next`.
    package mutating func advance() {
        guard let last = next else { return }
        let gap = (arrivals == .even ? meanGap : meanGap * random.exponential()) + remainder
        let whole = gap.rounded(.down)
        remainder = gap - whole
        next = last + UInt64(min(whole, 1e18))
    }
}

/// When the users that are still to be spawned start, on one of several event loops that share them.
package struct SpawnSchedule {
    private let start: UInt64
    /// Between two users of this loop, in nanoseconds; 0 for all at once.
    private let gap: Double
    private let offset: Double
    private let count: Int
    private var spawned = 0

    /// `count` users of loop `index` of `loops`, where all loops together spawn `perSecond`.
    package init(count: Int, perSecond: Double, start: UInt64, loops: Int, index: Int) {
        self.count = max(0, count)
        self.start = start
        let isPaced = perSecond.isFinite && perSecond > 0
        gap = isPaced ? 1e9 * Double(loops) / perSecond : 0
        offset = isPaced ? 1e9 * Double(index) / perSecond : 0
    }

    /// When the next user is due; nil when all have been spawned.
    package var next: UInt64? { spawned < count ? start + UInt64(offset + gap * Double(spawned)) : nil }

    /// How many are due by `now`; they count as spawned.
    package mutating func take(now: UInt64) -> Int {
        let before = spawned
        while let due = next, due <= now { spawned += 1 }
        return spawned - before
    }

    /// How many of `total` users loop `index` of `loops` has.
    package static func share(of total: Int, loops: Int, index: Int) -> Int { (max(0, total) - index + loops - 1) / loops }
}
