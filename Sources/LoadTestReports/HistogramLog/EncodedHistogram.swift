import CZlib
import Foundation
import LatencyHistograms

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

    /// The smallest value that is distinguished from 0.
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

/// A histogram in HdrHistogram's format V2, not compressed: a head of 40 bytes, then the counts as signed numbers of variable length,
/// a negative one for that many zeros.
///
/// Source: the public description of the format and the bytes that other libraries write.
enum HistogramCode {
    /// Counts, not compressed, each number in variable length.
    static let cookie: UInt32 = 0x1C84_9313
    /// The same, inside zlib.
    static let compressedCookie: UInt32 = 0x1C84_9314
    private static let headLength = 40

    static func bytes(of counts: BucketCounts, layout: BucketLayout) -> [UInt8] {
        var payload: [UInt8] = []
        var next = 0
        for bucket in counts.buckets where bucket.count > 0 {
            let index = layout.index(of: bucket.value)
            let zeros = index - next
            if zeros > 0 { append(zeros == 1 ? 0 : -Int64(zeros), to: &payload) }
            append(Int64(clamping: bucket.count), to: &payload)
            next = index + 1
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headLength + payload.count)
        append(cookie, to: &bytes)
        append(UInt32(payload.count), to: &bytes)
        append(UInt32(0), to: &bytes)
        append(UInt32(counts.digits), to: &bytes)
        append(counts.lowest, to: &bytes)
        append(counts.highest, to: &bytes)
        append((1.0).bitPattern, to: &bytes)
        return bytes + payload
    }

    static func counts(_ bytes: [UInt8]) throws(IntervalLogError) -> BucketCounts {
        guard bytes.count >= headLength else { throw .damaged("it ends in the middle of a histogram's head") }
        // The low nibble of the second byte is the width of a count, which has no meaning with variable length.
        guard number(bytes, at: 0) & ~0xF0 == UInt64(cookie & ~0xF0) else {
            throw .damaged("a histogram is in a format other than V2")
        }
        let length = Int(number(bytes, at: 4)), digits = Int(number(bytes, at: 12))
        let lowest = number(bytes, at: 16, width: 8), highest = number(bytes, at: 24, width: 8)
        guard let layout = BucketLayout(lowest: lowest, highest: highest, digits: digits) else {
            throw .damaged("a histogram's range makes no sense")
        }
        guard number(bytes, at: 8) == 0, length <= bytes.count - headLength else {
            throw .damaged("a histogram's counts are not all there")
        }
        let buckets = try buckets(bytes[headLength..<headLength + length], layout)
        return BucketCounts(lowest: lowest, highest: highest, digits: digits, buckets: buckets)
    }

    private static func buckets(
        _ payload: ArraySlice<UInt8>, _ layout: BucketLayout
    ) throws(IntervalLogError) -> [BucketCounts.Bucket] {
        var rest = payload, index = 0
        var buckets: [BucketCounts.Bucket] = []
        while !rest.isEmpty {
            guard let number = takeNumber(&rest) else { throw .damaged("a histogram ends in the middle of a count") }
            if number < 0 {
                guard number >= -Int64(layout.length) else { throw .damaged("a histogram counts beyond its range") }
                index += Int(-number)
            } else {
                guard index < layout.length else { throw .damaged("a histogram counts beyond its range") }
                if number > 0 { buckets.append(.init(value: layout.lowestValue(at: index), count: UInt64(number))) }
                index += 1
            }
        }
        return buckets
    }

    /// Signs go to the lowest bit; then seven bits a byte, the lowest first, and all eight of the ninth.
    private static func append(_ number: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (number << 1) ^ (number >> 63))
        for _ in 0..<8 {
            if rest < 0x80 { break }
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private static func takeNumber(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
        var value: UInt64 = 0
        for position in 0..<9 {
            guard let byte = bytes.popFirst() else { return nil }
            let isLast = position == 8
            value |= UInt64(isLast ? byte : byte & 0x7F) << UInt64(7 * position)
            if isLast || byte < 0x80 { break }
        }
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// Appends a number, the highest byte first.
    static func append(_ number: some FixedWidthInteger & UnsignedInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// A number of `width` bytes, the highest first, that is known to be there.
    static func number(_ bytes: [UInt8], at place: Int, width: Int = 4) -> UInt64 {
        bytes[place..<place + width].reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// zlib's format, in memory.
enum Zlib {
    /// A histogram of five digits over all of an hour's microseconds takes less.
    private static let maximumBytes = 8 << 20

    static func compress(_ bytes: [UInt8]) throws(IntervalLogError) -> [UInt8] {
        var length = compressBound(UInt(bytes.count))
        var output = [UInt8](repeating: 0, count: Int(length))
        guard compress2(&output, &length, bytes, UInt(bytes.count), Z_DEFAULT_COMPRESSION) == Z_OK else {
            throw .damaged("a histogram could not be compressed")
        }
        return Array(output.prefix(Int(length)))
    }

    /// Refuses what would become larger than any histogram.
    static func decompress(_ bytes: [UInt8]) throws(IntervalLogError) -> [UInt8] {
        var capacity = 64 << 10
        while capacity <= maximumBytes {
            var length = UInt(capacity)
            var output = [UInt8](repeating: 0, count: capacity)
            switch uncompress(&output, &length, bytes, UInt(bytes.count)) {
            case Z_OK: return Array(output.prefix(Int(length)))
            // Also returned for truncated input; then more capacity does not help and the loop ends.
            case Z_BUF_ERROR: capacity *= 4
            default: throw .damaged("a histogram's compressed bytes are damaged")
            }
        }
        throw .damaged("a histogram's compressed bytes are cut short or too many")
    }
}
