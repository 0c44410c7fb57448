public import AnimeGAN
public import Imaging

/// One photo → one anime picture: decode and fit, run the generator, encode.
///
/// A job runs from its first to its last byte on one of the pool's threads, never on Swift's cooperative pool, and the
/// generator may use more of them. Any number of jobs may be asked for at once; the pool runs them in order.
public struct Stylizer: Sendable {
    private let generator: Generator
    private let pool: ComputePool
    /// What photos are taken; ``ImageLimits`` has the defaults.
    public let limits: ImageLimits

    /// A stylizer of `generator`'s style that works on the threads of `pool`; both may be shared.
    public init(generator: Generator, pool: ComputePool, limits: ImageLimits = ImageLimits()) {
        self.generator = generator
        self.pool = pool
        self.limits = limits
    }

    /// What the photo in `encoded` will take, as far as its head tells; decodes nothing.
    /// - Throws: what ``stylize(_:options:isUrgent:onLayer:)`` would throw and can be known already.
    package func cost(of encoded: [UInt8], options: StylizeOptions = StylizeOptions()) throws -> StylizeCost {
        let header = try ImageCodec.probe(encoded, limits: limits)
        let size = try options.fit.size(of: header, limits: limits)
        let plan = try generator.plan(height: size.height, width: size.width)
        let run = plan.bytes(threads: options.threads ?? pool.threadCount)
        let pixels = size.width * size.height
        // The fitted picture before and after the run, and the encoder's copy.
        let pictures = pixels * 3 * 3
        return StylizeCost(pixels: pixels, memoryBytes: max(header.decodingBytes, run) + pictures)
    }

    /// The picture of the photo in `encoded`, a file of any format that ``ImageCodec`` reads. `onLayer` is called after each layer
    /// with its number, from 1, and the number of layers. An urgent picture is made before all others of the pool (``ComputePool``).
    /// - Throws: ``ImagingError`` for a photo that cannot be used; the generator's own error, above all for a size that
    ///   is too large for it; `CancellationError` when the calling task is cancelled, between stages or layers.
    public func stylize(
        _ encoded: [UInt8], options: StylizeOptions = StylizeOptions(), isUrgent: Bool = false,
        onLayer: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws -> StylizedPicture {
        try await pool.run(threads: options.threads, isUrgent: isUrgent) { team in
            try picture(of: encoded, options, team, onLayer)
        }
    }

    /// Reads the photo at `input` and writes its picture to `output`, which appears whole or not at all; the result is
    /// the picture written.
    /// - Throws: ``PictureFileError`` for the files, and what ``stylize(_:options:isUrgent:onLayer:)`` throws.
    @discardableResult public func stylize(
        fileAt input: String, to output: String, options: StylizeOptions = StylizeOptions()
    ) async throws -> StylizedPicture {
        try await pool.run(threads: options.threads) { team in
            // One byte more than the limit is enough for the codec to refuse the rest.
            let encoded = try PictureFile.read(input, upTo: limits.maximumBytes + 1)
            let result = try picture(of: encoded, options, team) { _, _ in }
            try PictureFile.write(result.bytes, to: output)
            return result
        }
    }

    private func picture(
        of encoded: [UInt8], _ options: StylizeOptions, _ team: ComputeTeam,
        _ onLayer: @escaping (Int, Int) -> Void
    ) throws -> StylizedPicture {
        let (photo, decode) = try timed { try ImageCodec.decode(encoded, fit: options.fit, limits: limits) }
        try team.checkpoint()
        let layers = generator.layerCount
        var layer = 0
        let (pixels, infer) = try timed {
            try generator.run(rgb: photo.bytes, width: photo.width, height: photo.height, team: team) { _ in
                layer += 1
                onLayer(layer, layers)
            }
        }
        try team.checkpoint()
        let painted = PixelBuffer(width: photo.width, height: photo.height, bytes: pixels)
        let shown = options.compare ? photo.beside(painted) : painted
        let (bytes, encode) = try timed {
            try ImageCodec.encode(shown, as: options.format, quality: options.quality)
        }
        return StylizedPicture(
            bytes: bytes, format: options.format, width: shown.width, height: shown.height,
            timings: StageTimings(decode: decode, infer: infer, encode: encode))
    }

    /// What `body` returns and the seconds it took.
    private func timed<Result>(_ body: () throws -> Result) rethrows -> (Result, seconds: Double) {
        let start = ContinuousClock.now
        let result = try body()
        return (result, (ContinuousClock.now - start) / .seconds(1))
    }
}
