/// The weights' side of Winograd F(6×6, 3×3) (Lavin & Gray, arXiv:1509.09308).
enum WinogradTransform {
    /// G for interpolation points 0, ±1, ±2, ±1/2, ∞.
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

    /// `G·w·Gᵀ` as a matrix over the nine taps: G ⊗ G, `[64][9]`.
    static let weights: [[Double]] = g.flatMap { above in g.map { beside in outer(above, beside) } }

    private static func outer(_ column: [Double], _ row: [Double]) -> [Double] {
        column.flatMap { a in row.map { b in a * b } }
    }
}
