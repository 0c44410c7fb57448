public import Imaging

/// A finished picture.
public struct StylizedPicture: Sendable, Equatable {
    /// The encoded file.
    public let bytes: [UInt8]
    /// What format it is in.
    public let format: ImageFormat
    /// Pixels a row, both halves of a comparison together.
    public let width: Int
    /// Rows.
    public let height: Int
    /// Where the time went.
    public let timings: StageTimings
}

/// Seconds that each stage of a job took, by the monotonic clock. Waiting for a thread is not among them.
public struct StageTimings: Sendable, Equatable {
    /// From encoded bytes to fitted pixels.
    public var decode: Double
    /// The generator.
    public var infer: Double
    /// From pixels to encoded bytes.
    public var encode: Double

    /// All three together.
    public var total: Double { decode + infer + encode }
}

/// What a photo will take, known from its head.
package struct StylizeCost: Sendable, Equatable {
    /// Pixels of the picture that the generator sees; the run's time is proportional to them.
    package let pixels: Int
    /// The most bytes that decoding, running and encoding will have allocated at once, beside the encoded photo and the weights.
    package let memoryBytes: Int
}
