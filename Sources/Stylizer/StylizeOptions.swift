public import Imaging

/// How a photo becomes a picture, beside the style itself.
public struct StylizeOptions: Sendable, Equatable {
    /// The size that the generator sees, and so the result's; at most 512 pixels a side by default.
    public var fit: Fit
    /// The format of the result; JPEG by default.
    public var format: ImageFormat
    /// 1 to 100, for JPEG and WebP; 90 by default.
    public var quality: Int
    /// Whether the result shows the photo at the left and the picture at the right; false by default.
    public var compare: Bool
    /// The most threads that the job may use; nil, the default, for all of the pool.
    public var threads: Int?

    /// The options of which some may differ from the defaults.
    public init(
        fit: Fit = .contain(512), format: ImageFormat = .jpeg, quality: Int = 90, compare: Bool = false,
        threads: Int? = nil
    ) {
        self.fit = fit
        self.format = format
        self.quality = quality
        self.compare = compare
        self.threads = threads
    }
}
