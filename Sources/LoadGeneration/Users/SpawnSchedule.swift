/// When the users that are still to come begin, on one of several event loops that share them.
package struct SpawnSchedule {
    private let start: UInt64
    /// Between two users of this loop, in nanoseconds; 0 for all at once.
    private let gap: Double
    private let offset: Double
    private let count: Int
    private var begun = 0

    /// `count` users of loop `place` of `loops`, where all loops together spawn `perSecond`.
    package init(count: Int, perSecond: Double, start: UInt64, loops: Int, place: Int) {
        self.count = max(0, count)
        self.start = start
        let isPaced = perSecond.isFinite && perSecond > 0
        gap = isPaced ? 1e9 * Double(loops) / perSecond : 0
        offset = isPaced ? 1e9 * Double(place) / perSecond : 0
    }

    /// When the next user is due; nil when all have begun.
    package var next: UInt64? { begun < count ? start + UInt64(offset + gap * Double(begun)) : nil }

    /// How many are due by `now`; they count as begun.
    package mutating func take(now: UInt64) -> Int {
        let before = begun
        while let due = next, due <= now { begun += 1 }
        return begun - before
    }

    /// How many of `total` users loop `place` of `loops` has.
    package static func share(of total: Int, loops: Int, place: Int) -> Int { (max(0, total) - place + loops - 1) / loops }
}
