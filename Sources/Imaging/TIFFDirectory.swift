/// The few numbers of a TIFF file's first directory that must be known before libtiff may see the file.
///
/// A TIFF of few pixels can declare one tile of many: the reader then fills a whole tile's memory from a small
/// compressed stream.  libtiff has no limit for it, so ``tilePixels`` is compared with the limit on pixels first.
struct TIFFDirectory {
    /// Pixels of one tile; 0 for a picture in strips, whose memory the picture's own size bounds.
    let tilePixels: Int

    private static let tileWidthTag = 322
    private static let tileLengthTag = 323

    /// Nil when the directory lies outside the file or a tile's side is no number.
    init?(_ bytes: [UInt8]) {
        let reader = Reader(bytes: bytes, littleEndian: bytes.first == 0x49)
        guard let version = reader.number(at: 2, size: 2) else { return nil }
        let isBig = version == 0x2B
        let offsetSize = isBig ? 8 : 4
        let countSize = isBig ? 8 : 2
        let entrySize = isBig ? 20 : 12
        guard let start = reader.number(at: isBig ? 8 : 4, size: offsetSize),
            let entries = reader.number(at: start, size: countSize), entries <= bytes.count / entrySize
        else { return nil }

        var width = 0
        var length = 0
        for index in 0..<entries {
            let entry = start + countSize + index * entrySize
            guard let tag = reader.number(at: entry, size: 2) else { return nil }
            guard tag == Self.tileWidthTag || tag == Self.tileLengthTag else { continue }
            guard let value = reader.value(ofEntry: entry, at: entry + entrySize - offsetSize) else { return nil }
            if tag == Self.tileWidthTag { width = max(width, value) } else { length = max(length, value) }
        }
        let (pixels, overflow) = width.multipliedReportingOverflow(by: length)
        tilePixels = overflow ? .max : pixels
    }

    private struct Reader {
        let bytes: [UInt8]
        let littleEndian: Bool

        /// The unsigned number of `size` bytes at `offset`, if it lies in the file and fits.
        func number(at offset: Int, size: Int) -> Int? {
            guard offset >= 0, offset <= bytes.count - size else { return nil }
            let field = bytes[offset..<offset + size]
            let value = (littleEndian ? Array(field.reversed()) : Array(field)).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int(exactly: value)
        }

        /// The value at `offset` of an entry whose type (SHORT, LONG or LONG8) stands two bytes into it.
        func value(ofEntry entry: Int, at offset: Int) -> Int? {
            switch number(at: entry + 2, size: 2) {
            case 3: number(at: offset, size: 2)
            case 4: number(at: offset, size: 4)
            case 16: number(at: offset, size: 8)
            default: nil
            }
        }
    }
}
