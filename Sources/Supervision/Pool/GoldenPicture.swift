/// What a worker made of the photo that every worker has to make before it may serve: proof that model, engine and codecs work together.
package struct GoldenPicture: Sendable, Equatable, Codable {
    /// The style that made it.
    package var style: String
    /// The digest of its weights.
    package var revision: String
    /// Pixels, three bytes each, row by row.
    package var pixels: [UInt8]

    /// A picture.
    package init(style: String, revision: String, pixels: [UInt8]) {
        self.style = style
        self.revision = revision
        self.pixels = pixels
    }

    /// The most that a byte may differ on average from the picture that is known for the same weights. Kernels for different processors,
    /// and different orders of summing, differ by less than a tenth of this.
    package static let tolerance = 2.0

    /// What is wrong with the picture, as a sentence; nil when nothing is. `known` is what these weights made before, here or when
    /// they were released.
    package func fault(known: GoldenPicture?) -> String? {
        guard pixels.count >= 48 else { return "the golden picture is missing." }
        if spread < 4 {
            return
                "the golden picture has nothing on it (its bytes spread by \(Self.text(spread))); the model or the engine is broken."
        }
        guard let known, known.revision == revision else { return nil }
        guard known.pixels.count == pixels.count else { return "the golden picture has another size than the one before." }
        let difference = meanDifference(from: known)
        guard difference > Self.tolerance else { return nil }
        return
            "the golden picture differs by \(Self.text(difference)) of 255 on average from the one that the same weights made before."
    }

    /// Mean absolute difference of the bytes.
    package func meanDifference(from other: GoldenPicture) -> Double {
        guard !pixels.isEmpty, pixels.count == other.pixels.count else { return 255 }
        let sum = zip(pixels, other.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(pixels.count)
    }

    /// The standard deviation of the bytes: near 0 for a picture that is all one colour.
    var spread: Double {
        let count = Double(pixels.count)
        let mean = pixels.reduce(0.0) { $0 + Double($1) } / count
        let variance = pixels.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
        return variance.squareRoot()
    }

    private static func text(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
}
