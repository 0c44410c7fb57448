/// A dense row-major array of 32-bit floats, as it stands in a weights file.
package struct Tensor: Sendable, Equatable {
    /// Extents, outermost first; a convolution's weight is `[out, in, height, width]`.
    package let shape: [Int]
    /// `shape.reduce(1, *)` values.
    package let values: [Float]

    /// A tensor of `shape`, filled by `values` in row-major order.
    package init(shape: [Int], values: [Float]) {
        precondition(shape.reduce(1, *) == values.count, "a tensor's values must fill its shape")
        self.shape = shape
        self.values = values
    }
}
