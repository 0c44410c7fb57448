package import Imaging

/// A finished picture.
package struct StylizedPicture: Sendable, Equatable {
    /// The encoded file.
    package let bytes: [UInt8]
    /// What format it is in.
    package let format: ImageFormat
    /// Pixels a row, both halves of a comparison together.
    package let width: Int
    /// Rows.
    package let height: Int
    /// Where the time went.
    package let timings: StageTimings
}

/// Seconds that each stage of a job took, by the monotonic clock.  Waiting for a thread is not among them.
package struct StageTimings: Sendable, Equatable {
    /// From encoded bytes to fitted pixels.
    package var decode: Double
    /// The generator.
    package var infer: Double
    /// From pixels to encoded bytes.
    package var encode: Double

    /// All three together.
    package var total: Double { decode + infer + encode }
}
