/// What a photo will take, known from its head.
package struct StylizeCost: Sendable, Equatable {
    /// Pixels of the picture that the generator sees; the run's time is proportional to them.
    package let pixels: Int
    /// The most bytes that decoding, running and encoding will have allocated at once, beside the encoded photo and the weights.
    package let memoryBytes: Int
}
