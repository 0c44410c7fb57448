import CZlib

/// zlib's format, in memory.
enum Zlib {
    /// A histogram of five digits over all of an hour's microseconds takes less.
    private static let mostBytes = 8 << 20

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
        while capacity <= mostBytes {
            var length = UInt(capacity)
            var output = [UInt8](repeating: 0, count: capacity)
            switch uncompress(&output, &length, bytes, UInt(bytes.count)) {
            case Z_OK: return Array(output.prefix(Int(length)))
            // Also what zlib says of input that is cut short; then more room doesn't help and the loop ends.
            case Z_BUF_ERROR: capacity *= 4
            default: throw .damaged("a histogram's compressed bytes are damaged")
            }
        }
        throw .damaged("a histogram's compressed bytes are cut short or too many")
    }
}
