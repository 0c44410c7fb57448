/// How large a picture may be. All of it is checked against the file's header, before any pixel is decoded.
public struct ImageLimits: Sendable, Equatable {
    /// The most encoded bytes; 20 MB by default.
    public var maximumBytes: Int
    /// The most pixels (width times height) of an encoded picture; 50 million by default.
    public var maximumPixels: Int
    /// The longest side that a picture may be fitted to, in pixels; 4096 by default.
    public var maximumSide: Int

    /// The longest side of an encoded picture, in pixels: JPEG's own limit. A picture of millions of short rows is small in bytes and
    /// in pixels and takes minutes to decode, since every row costs some microseconds however short it is.
    package static let longestEncodedSide = 65_535

    /// The shortest side of a fitted picture, in pixels: the generator is not defined below it.
    public static let minimumSide = 16

    /// The limits of which some may differ from the defaults.
    public init(maximumBytes: Int = 20_000_000, maximumPixels: Int = 50_000_000, maximumSide: Int = 4096) {
        self.maximumBytes = maximumBytes
        self.maximumPixels = maximumPixels
        self.maximumSide = maximumSide
    }
}
