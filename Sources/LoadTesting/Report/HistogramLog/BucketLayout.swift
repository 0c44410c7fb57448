/// Where HdrHistogram keeps the count of a value: buckets whose width doubles, each cut into equal parts.
///
/// The formats store counts by index only, so that whoever reads or writes them needs exactly this arithmetic.
struct BucketLayout: Sendable, Equatable {
    let lowest: UInt64
    let highest: UInt64
    let digits: Int
    /// Largest k with 2^k not above `lowest`.
    private let unitMagnitude: Int
    /// Half of a bucket's parts, as a power of two.
    private let halfMagnitude: Int
    private let mask: UInt64
    /// How many counts there are.
    let length: Int

    /// `lowest`: smallest value told from 0; `highest`: largest value counted; `digits`: decimal digits kept, 0 to 5.
    /// Nil for numbers with which there is no histogram.
    init?(lowest: UInt64, highest: UInt64, digits: Int) {
        guard (0...5).contains(digits), lowest >= 1, lowest <= 1 << 40, highest >= 2 * lowest, highest <= UInt64(Int64.max)
        else { return nil }
        (self.lowest, self.highest, self.digits) = (lowest, highest, digits)
        var largestExact: UInt64 = 2
        for _ in 0..<digits { largestExact *= 10 }
        let partsMagnitude = 64 - (largestExact - 1).leadingZeroBitCount
        unitMagnitude = 63 - lowest.leadingZeroBitCount
        halfMagnitude = max(partsMagnitude, 1) - 1
        guard unitMagnitude + halfMagnitude <= 61 else { return nil }
        mask = ((1 << UInt64(partsMagnitude)) - 1) << UInt64(unitMagnitude)
        let bits = 64 - (highest | mask).leadingZeroBitCount
        length = (bits - unitMagnitude - partsMagnitude + 2) << halfMagnitude
    }

    /// Where the count of a value up to `highest` is.
    func index(of value: UInt64) -> Int {
        let bucket = 63 - (value | mask).leadingZeroBitCount - unitMagnitude - halfMagnitude
        let part = Int(value >> UInt64(bucket + unitMagnitude))
        return ((bucket + 1) << halfMagnitude) + part - (1 << halfMagnitude)
    }

    /// The smallest value that is counted at `index`.
    func value(at index: Int) -> UInt64 {
        let half = 1 << halfMagnitude
        let bucket = (index >> halfMagnitude) - 1
        guard bucket >= 0 else { return UInt64(index) << UInt64(unitMagnitude) }
        return UInt64((index & (half - 1)) + half) << UInt64(bucket + unitMagnitude)
    }
}
