public import PictureFormats

/// Why a picture could not be read or written. Every description says what was wrong and what to do.
public enum ImagingError: Error, Equatable, CustomStringConvertible {
    /// There were no bytes at all.
    case empty
    /// The first bytes are of no format that is read; `found` is a noun for what they seem to be.
    case unknownFormat(found: String?, readable: [String])
    /// More encoded bytes than the limit.
    case tooManyBytes(Int, limit: Int)
    /// More pixels than the limit, by the file's header.
    case tooManyPixels(width: Int, height: Int, limit: Int)
    /// A side is longer than any picture's.
    case tooLongSide(width: Int, height: Int, limit: Int)
    /// The data end early or do not decode.
    case damaged(PictureFormat)
    /// A picture of a readable format in a variant that is not read.
    case unsupported(PictureFormat, reason: String)
    /// A side that was asked for is out of range.
    case badSize(Int, minimum: Int, maximum: Int)
    /// The result does not fit the asked output format.
    case cannotEncode(ImageFormat, width: Int, height: Int)
    /// libvips itself could not start.
    case libraryUnavailable

    /// A sentence for people.
    public var description: String {
        switch self {
        case .empty:
            "The file is empty; send the bytes of a picture."
        case .unknownFormat(let found, let readable):
            "This is \(found ?? "no picture in a known format"); send one of \(readable.joined(separator: ", "))."
        case .tooManyBytes(let count, let limit):
            "The picture has \(Self.megabytes(count)) MB and at most \(Self.megabytes(limit)) MB are read; "
                + "save it smaller or with more compression."
        case .tooManyPixels(let width, let height, let limit):
            "The picture claims \(width)×\(height) pixels and at most \(Self.megabytes(limit)) million are read; "
                + "shrink it first."
        case .tooLongSide(let width, let height, let limit):
            "The picture claims \(width)×\(height) pixels and no side may have more than \(limit); cut or shrink it first."
        case .damaged(let format):
            "The \(format.rawValue) data are cut off or damaged; save or send the picture again."
        case .unsupported(let format, let reason):
            "This \(format.rawValue) picture cannot be read: \(reason). Save it as an ordinary JPEG or PNG."
        case .badSize(let side, let minimum, let maximum):
            "A size of \(side) pixels is out of range; ask for \(minimum) to \(maximum)."
        case .cannotEncode(let format, let width, let height):
            "A picture of \(width)×\(height) pixels cannot be written as \(format.rawValue); "
                + "ask for a smaller size or another format."
        case .libraryUnavailable:
            "The image library libvips could not be started; check that it is installed as the README says."
        }
    }

    /// Millions with one decimal, without a trailing zero.
    private static func megabytes(_ count: Int) -> String {
        let tenths = (count + 50_000) / 100_000
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
