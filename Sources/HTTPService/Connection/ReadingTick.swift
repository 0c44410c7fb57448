package import NIOCore

/// The moments at which connections are read together: the same for all, so that they fall into one wake-up.
package enum ReadingTick {
    /// The longest that anybody is kept, in milliseconds.
    package static let longest = 64
    /// Below this there is nothing to be gained.
    package static let shortest = 4

    /// The distance of the ticks, a power of two; nil when to read at once.
    package static func milliseconds(newcomersWait seconds: Double) -> Int? {
        let bearable = min(seconds * 1_000 / 2, Double(longest))
        guard bearable >= Double(shortest) else { return nil }
        return 1 << (Int.bitWidth - 1 - Int(bearable).leadingZeroBitCount)
    }

    /// The first tick after a moment.
    package static func next(after now: NIODeadline, milliseconds: Int) -> NIODeadline {
        let distance = UInt64(milliseconds) * 1_000_000
        return .uptimeNanoseconds((now.uptimeNanoseconds / distance + 1) * distance)
    }
}
