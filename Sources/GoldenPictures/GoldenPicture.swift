/// The picture that a model makes of one fixed photo. A worker makes it before it serves: proof that its model, engine and codecs work
/// together.
package struct GoldenPicture: Sendable, Equatable, Codable {
    /// The style that made it.
    package var style: String
    /// The digest of the style's weights.
    package var revision: String
    /// RGB pixels, three bytes each, row by row.
    package var pixels: [UInt8]

    package init(style: String, revision: String, pixels: [UInt8]) {
        self.style = style
        self.revision = revision
        self.pixels = pixels
    }

    /// The largest mean absolute difference per byte, 0 to 255, from a picture that the same weights made before. Instruction sets and
    /// orders of summation differ by less than a tenth of this.
    package static let tolerance = 2.0

    /// Compares the picture with `reference`, which the same weights made earlier, here or when they were released.
    /// - Returns: a sentence that says what is wrong, or nil. Without a reference of the same revision and size only a blank picture is
    ///   wrong.
    package func fault(comparedWith reference: GoldenPicture?) -> String? {
        guard pixels.count >= 48 else { return Self.missing }
        if standardDeviation < 4 {
            return
                "the golden picture is blank (standard deviation \(Self.text(standardDeviation))); the model or the engine is broken."
        }
        guard let reference, reference.revision == revision else { return nil }
        guard reference.pixels.count == pixels.count else { return "the golden picture differs in size from the reference." }
        let difference = meanDifference(from: reference)
        guard difference > Self.tolerance else { return nil }
        return
            "the golden picture differs by \(Self.text(difference)) of 255 on average from the one that the same weights made before."
    }

    /// What is said of a worker that made no picture.
    package static let missing = "the golden picture is missing."

    /// The mean absolute difference per byte; 255 where the sizes differ.
    package func meanDifference(from other: GoldenPicture) -> Double {
        guard !pixels.isEmpty, pixels.count == other.pixels.count else { return 255 }
        let sum = zip(pixels, other.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(pixels.count)
    }

    /// Near 0 for a picture of a single colour.
    private var standardDeviation: Double {
        let count = Double(pixels.count)
        let mean = pixels.reduce(0.0) { $0 + Double($1) } / count
        let variance = pixels.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
        return variance.squareRoot()
    }

    private static func text(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }
}
