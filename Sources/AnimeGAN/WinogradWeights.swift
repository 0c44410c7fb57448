/// The weights' side of Winograd F(6×6, 3×3).
enum WinogradWeights {
    /// G, 8×3, for interpolation points 0, ±1, ±2, ±1/2, ∞.
    private static let g: [[Double]] = [
        [1, 0, 0],
        [-2.0 / 9, -2.0 / 9, -2.0 / 9],
        [-2.0 / 9, 2.0 / 9, -2.0 / 9],
        [1.0 / 90, 1.0 / 45, 2.0 / 45],
        [1.0 / 90, -1.0 / 45, 2.0 / 45],
        [32.0 / 45, 16.0 / 45, 8.0 / 45],
        [32.0 / 45, -16.0 / 45, 8.0 / 45],
        [0, 0, 1],
    ]

    /// `G·w·Gᵀ` of every kernel of `tensor` (`[out][in][3][3]`), packed `[64 points][panels][in][2L]`.
    static func pack(_ tensor: Tensor, lanes: Int) throws(EngineError) -> AlignedBuffer {
        let out = tensor.shape[0], input = tensor.shape[1], panel = 2 * lanes
        let buffer = try AlignedBuffer(count: 64 * out * input)
        // The 64×9 matrix G⊗G, column by column, so that one kernel's transform is nine scaled additions of a 64-vector.
        var kronecker = [SIMD64<Float>](repeating: .zero, count: 9)
        for k in 0..<9 { for p in 0..<64 { kronecker[k][p] = Float(g[p / 8][k / 3] * g[p % 8][k % 3]) } }
        tensor.values.withUnsafeBufferPointer { values in
            for o in 0..<out {
                for i in 0..<input {
                    var points = SIMD64<Float>.zero
                    for k in 0..<9 { points += kronecker[k] * values[(o * input + i) * 9 + k] }
                    let place = buffer.floats + (o / panel * input + i) * panel + o % panel
                    for p in 0..<64 { place[p * out * input] = points[p] }
                }
            }
        }
        return buffer
    }
}
