import CKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Weights of a convolution by transformed tiles. A transform is linear, so the points of all kernels are one matrix
/// product: `[points][taps]` times `[taps][kernels]`, done by the engine's own GEMM.
struct TransformedWeights {
    let kernels: KernelSet
    /// `[points][taps]`.
    let transform: [[Double]]

    /// Transforms every kernel of `tensor` (`[out][in][k][k]`) into
    /// `[points][panels][in][2L]`.
    func pack(_ tensor: Tensor) throws(EngineError) -> AlignedBuffer {
        let out = tensor.shape[0], input = tensor.shape[1], panel = 2 * kernels.lanes, points = transform.count
        let packed = try AlignedBuffer(count: points * out * input)
        let matrix = try blockedTransform()
        let taps = try AlignedBuffer(count: depth * panel), product = try AlignedBuffer(count: points * panel)
        taps.floats.update(repeating: 0, count: depth * panel)
        for first in stride(from: 0, to: out, by: panel) {
            for i in 0..<input {
                gather(tensor, outputs: first..<first + panel, input: i, into: taps)
                multiply(matrix, taps, into: product)
                scatter(product, into: packed.floats + (first * input + i * panel), pointStride: input * out)
            }
        }
        return packed
    }

    private var lanes: Int { kernels.lanes }
    private var tapCount: Int { transform[0].count }
    /// Taps rounded up to whole blocks of L; the rest are zero.
    private var depth: Int { (tapCount + lanes - 1) / lanes * lanes }

    /// The transform as the GEMM's A: `[depth/L][points][L]`.
    private func blockedTransform() throws(EngineError) -> AlignedBuffer {
        let matrix = try AlignedBuffer(count: transform.count * depth)
        matrix.floats.update(repeating: 0, count: transform.count * depth)
        for (point, row) in transform.enumerated() {
            for (tap, value) in row.enumerated() {
                matrix.floats[(tap / lanes * transform.count + point) * lanes + tap % lanes] = Float(value)
            }
        }
        return matrix
    }

    /// `[taps][2L]`: one input channel's kernels for one panel of outputs.
    private func gather(_ tensor: Tensor, outputs: Range<Int>, input: Int, into taps: AlignedBuffer) {
        let panel = outputs.count, count = tapCount, inputs = tensor.shape[1]
        tensor.values.withUnsafeBufferPointer { values in
            for (column, o) in outputs.enumerated() {
                let kernel = (o * inputs + input) * count
                for tap in 0..<count { taps.floats[tap * panel + column] = values[kernel + tap] }
            }
        }
    }

    private func multiply(_ matrix: AlignedBuffer, _ taps: AlignedBuffer, into product: AlignedBuffer) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: depth / lanes) { offsets in
            guard let start = offsets.baseAddress else { return }
            for block in 0..<depth / lanes { offsets[block] = Int32(block * transform.count * lanes) }
            var gemm = sk_gemm(
                a: matrix.floats, offsets: start, segments: Int32(depth / lanes), rows: Int32(transform.count), panels: 1,
                b: taps.floats, c: product.floats, c_block_stride: Int64(transform.count * lanes), bypass_cache: false,
                statistics: nil)
            kernels.table.pointee.gemm(&gemm)
        }
    }

    private func scatter(_ product: AlignedBuffer, into place: UnsafeMutablePointer<Float>, pointStride: Int) {
        let points = transform.count
        for point in 0..<points {
            let out = place + point * pointStride
            out.update(from: product.floats + point * lanes, count: lanes)
            (out + lanes).update(from: product.floats + (points + point) * lanes, count: lanes)
        }
    }
}

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

/// The weights' side of the 16×16 FFT convolution.
enum FourierTransform {
    /// Row and column of each complex bin, in the kernels' order (`fourier.inc.h`).
    private static let bins: [(row: Int, column: Int)] =
        (1...7).map { ($0, 0) } + (1...7).map { ($0, 8) } + (1...7).flatMap { column in (0..<16).map { ($0, column) } }

    /// The conjugated spectrum of a 7×7 kernel over 256, three reals a complex bin, as a matrix over its 49 taps: `[382][49]`.
    /// With W = a + ib the three are a, b − a and a + b.
    static let weights: [[Double]] = bins.flatMap(complexBin) + [(0, 0), (8, 0), (0, 8), (8, 8)].map(realBin)

    private static func complexBin(_ row: Int, _ column: Int) -> [[Double]] {
        let re = (0..<49).map { real(row, column, tap: $0) }
        let im = (0..<49).map { imaginary(row, column, tap: $0) }
        return [re, zip(im, re).map { $0 - $1 }, zip(re, im).map { $0 + $1 }]
    }

    private static func realBin(_ row: Int, _ column: Int) -> [Double] { (0..<49).map { real(row, column, tap: $0) } }

    private static func angle(_ row: Int, _ column: Int, _ tap: Int) -> Double {
        2 * Double.pi * Double((row * (tap / 7) + column * (tap % 7)) & 15) / 16
    }

    private static func real(_ row: Int, _ column: Int, tap: Int) -> Double { cos(angle(row, column, tap)) / 256 }

    private static func imaginary(_ row: Int, _ column: Int, tap: Int) -> Double { sin(angle(row, column, tap)) / 256 }
}
