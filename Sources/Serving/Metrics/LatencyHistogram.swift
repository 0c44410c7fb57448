/// Counts of durations from a microsecond to 19 minutes, in buckets 1/32 wide or less: what is read back is within 1.6 % of what was recorded.
///
/// The first 32 buckets are a microsecond each; after them, each doubling of the duration is cut into 32.
struct LatencyHistogram: Sendable, Equatable {
    private static let steps = 32
    /// 2⁵ steps to a doubling; the last doubling ends at 2³⁰ µs.
    private static let doublings = 25
    private static let longest = (1 << 30) - 1

    // Empty until the first duration: an idle service keeps hundreds of these.
    private var counts: [UInt32] = []
    /// How many durations were recorded.
    private(set) var count = 0

    /// Adds one duration. Longer ones count as the longest; what is not above 0, as the shortest.
    mutating func record(_ seconds: Double) {
        guard !seconds.isNaN else { return }
        if counts.isEmpty { counts = [UInt32](repeating: 0, count: Self.steps * (Self.doublings + 1)) }
        counts[Self.bucket(Int(min(max(0, seconds * 1e6), Double(Self.longest))))] &+= 1
        count += 1
    }

    /// Adds all that `other` has.
    mutating func add(_ other: LatencyHistogram) {
        guard !other.counts.isEmpty else { return }
        if counts.isEmpty {
            self = other
            return
        }
        for index in counts.indices { counts[index] &+= other.counts[index] }
        count += other.count
    }

    /// The seconds that a share `quantile` (0…1) of the durations do not exceed; nil without durations.
    func value(at quantile: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = min(count, max(1, Int((Double(count) * quantile).rounded(.up))))
        var seen = 0
        for (index, count) in counts.enumerated() {
            seen += Int(count)
            if seen >= rank { return Self.middle(index) / 1e6 }
        }
        return nil
    }

    private static func bucket(_ microseconds: Int) -> Int {
        guard microseconds >= steps else { return microseconds }
        // How often to halve it until it lies in 32..<64.
        let shift = Int.bitWidth - 6 - microseconds.leadingZeroBitCount
        return shift * steps + microseconds >> shift
    }

    /// The middle of a bucket, in microseconds.
    private static func middle(_ bucket: Int) -> Double {
        guard bucket >= 2 * steps else { return Double(bucket) + 0.5 }
        let shift = bucket / steps - 1
        return (Double(bucket - shift * steps) + 0.5) * Double(1 << shift)
    }
}
