/// The bucket arithmetic of HdrHistogram: bucket widths double, and each doubling is cut into equal parts.
///
/// HdrHistogram's formats store counts by bucket index only, so a reader or writer of them needs exactly this arithmetic.
package struct BucketLayout: Sendable, Equatable {
    /// The smallest value that is distinguished from 0.
    package let lowest: UInt64
    /// The largest value that can be counted.
    package let highest: UInt64
    /// The number of buckets.
    package let length: Int
    /// The largest k for which 2^k is not above `lowest`.
    private let unitMagnitude: Int
    /// log2 of the number of parts of a doubling.
    private let partsMagnitude: Int
    /// All values below `mask` + 1 lie in the first range, whose buckets have a width of 2^`unitMagnitude`.
    private let mask: UInt64

    /// Microseconds up to an hour with three significant digits: a value read back is within 0.1 % of the recorded one, and exact below
    /// 2.048 ms.
    package static let threeDigits = BucketLayout(lowest: 1, highest: 3_600_000_000, unitMagnitude: 0, partsMagnitude: 10)

    /// Microseconds up to 17.9 minutes in 32 parts a doubling: the middle of a bucket is within 1.6 % of the recorded value. At most 832
    /// buckets, for processes that keep hundreds of histograms.
    package static let compact = BucketLayout(lowest: 1, highest: (1 << 30) - 1, unitMagnitude: 0, partsMagnitude: 5)

    /// HdrHistogram's layout for values from `lowest` to `highest` with 0 to 5 significant decimal digits; nil where the format has none.
    package init?(lowest: UInt64, highest: UInt64, digits: Int) {
        guard (0...5).contains(digits), lowest >= 1, lowest <= 1 << 40, highest >= 2 * lowest, highest <= UInt64(Int64.max)
        else { return nil }
        var largestExact: UInt64 = 2
        for _ in 0..<digits { largestExact *= 10 }
        let unitMagnitude = 63 - lowest.leadingZeroBitCount
        let partsMagnitude = max(64 - (largestExact - 1).leadingZeroBitCount, 1) - 1
        guard unitMagnitude + partsMagnitude <= 61 else { return nil }
        self.init(lowest: lowest, highest: highest, unitMagnitude: unitMagnitude, partsMagnitude: partsMagnitude)
    }

    private init(lowest: UInt64, highest: UInt64, unitMagnitude: Int, partsMagnitude: Int) {
        self.lowest = lowest
        self.highest = highest
        self.unitMagnitude = unitMagnitude
        self.partsMagnitude = partsMagnitude
        mask = ((2 << UInt64(partsMagnitude)) - 1) << UInt64(unitMagnitude)
        let bits = 64 - (highest | mask).leadingZeroBitCount
        length = (bits - unitMagnitude - partsMagnitude + 1) << partsMagnitude
    }

    /// The index of the bucket of a value, which is at most `highest`.
    package func index(of value: UInt64) -> Int {
        let doubling = 63 - (value | mask).leadingZeroBitCount - unitMagnitude - partsMagnitude
        let part = Int(value >> UInt64(doubling + unitMagnitude))
        return (doubling << partsMagnitude) + part
    }

    /// The smallest value of the bucket at `index`.
    package func lowestValue(at index: Int) -> UInt64 {
        let parts = 1 << partsMagnitude
        let doubling = (index >> partsMagnitude) - 1
        guard doubling >= 0 else { return UInt64(index) << UInt64(unitMagnitude) }
        return UInt64((index & (parts - 1)) + parts) << UInt64(doubling + unitMagnitude)
    }

    /// The largest value of the bucket at `index`.
    package func highestValue(at index: Int) -> UInt64 { lowestValue(at: index + 1) - 1 }
}
