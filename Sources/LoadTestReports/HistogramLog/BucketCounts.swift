import Foundation
package import LatencyHistograms

/// What a histogram has counted, apart from how it is kept in memory: for logs that other programs write and read.
package struct BucketCounts: Sendable, Equatable {
    /// How often values of one bucket came.
    package struct Bucket: Sendable, Equatable {
        /// Any value of the bucket; from a log, its smallest.
        package var value: UInt64
        /// How many there were.
        package var count: UInt64

        /// Makes a bucket.
        package init(value: UInt64, count: UInt64) {
            self.value = value
            self.count = count
        }
    }

    /// The smallest value that is told from 0.
    package var lowest: UInt64
    /// The largest value that can be counted.
    package var highest: UInt64
    /// Decimal digits that are kept of a value, 0 to 5.
    package var digits: Int
    /// The buckets that are not empty, by rising value.
    package var buckets: [Bucket]

    /// Makes the counts; `buckets` are sorted by value and lie in the range.
    package init(lowest: UInt64, highest: UInt64, digits: Int, buckets: [Bucket]) {
        self.lowest = lowest
        self.highest = highest
        self.digits = digits
        self.buckets = buckets
    }

    /// The text for a line of a log: base64 of the compressed format V2 (it begins with `HISTFAAA`).
    ///
    /// Throws when the range makes no sense or a value lies outside.
    package func encoded() throws(IntervalLogError) -> String {
        guard let layout = BucketLayout(lowest: lowest, highest: highest, digits: digits),
            buckets.allSatisfy({ $0.value <= highest })
        else { throw .damaged("a histogram's range makes no sense") }
        let compressed = try Zlib.compress(HistogramCode.bytes(of: self, layout: layout))
        var bytes: [UInt8] = []
        HistogramCode.append(HistogramCode.compressedCookie, to: &bytes)
        HistogramCode.append(UInt32(compressed.count), to: &bytes)
        return Data(bytes + compressed).base64EncodedString()
    }

    /// Reads what `encoded()` or any other HdrHistogram library wrote in format V2.
    ///
    /// Throws `IntervalLogError.damaged` with what is wrong.
    package init(encoded text: some StringProtocol) throws(IntervalLogError) {
        guard let data = Data(base64Encoded: String(text)), data.count > 8 else {
            throw .damaged("a histogram is no base64 text")
        }
        let bytes = Array(data)
        guard HistogramCode.number(bytes, at: 0) & ~0xF0 == UInt64(HistogramCode.compressedCookie & ~0xF0) else {
            throw .damaged("a histogram is in a format other than V2")
        }
        let length = Int(HistogramCode.number(bytes, at: 4))
        guard length <= bytes.count - 8 else { throw .damaged("a histogram is cut short") }
        self = try HistogramCode.counts(try Zlib.decompress(Array(bytes[8..<8 + length])))
    }
}
