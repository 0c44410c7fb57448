import CKernels

/// The first layer, 7×7 from RGB to 32 channels: direct. Seven neighbouring RGB pixels are 21 contiguous floats, so
/// seven rows make the 147 products of an output without any rearrangement. Its source's `data` is the picture padded by
/// three pixels on each side, `[H+6][W+6][3]`.
struct RGBConvolution: Layer {
    static let padding = 3

    let kernels: KernelSet
    let weights: AlignedBuffer

    init(_ tensor: Tensor, kernels: KernelSet) throws(EngineError) {
        self.kernels = kernels
        weights = try DirectWeights.packRGB(tensor, lanes: kernels.lanes)
    }

    var algorithm: String { "direct, RGB" }

    func planned(input: ActivationShape, output: ActivationShape) -> any PlannedLayer {
        PlannedRGBConvolution(layer: self, output: output)
    }
}

struct PlannedRGBConvolution: PlannedLayer {
    let layer: RGBConvolution
    let output: ActivationShape
    private static let rowsPerPiece = 4

    var pieces: Int { (output.height + Self.rowsPerPiece - 1) / Self.rowsPerPiece }
    var scratchCount: Int { 0 }
    var multiplications: Int { output.count * 147 }

    func run(_ piece: Piece) {
        let table = layer.kernels.table.pointee, lanes = layer.kernels.lanes
        let rowStride = (output.width + 2 * RGBConvolution.padding) * 3
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: 7) { offsets in
            guard let start = offsets.baseAddress else { return }
            for row in 0..<7 { offsets[row] = Int32(row * rowStride) }
            for y in piece.index * Self.rowsPerPiece..<min((piece.index + 1) * Self.rowsPerPiece, output.height) {
                var gemm = sk_gemm(
                    a: piece.input.pointee.data + y * rowStride, offsets: start, segments: 7, rows: Int32(output.width),
                    panels: Int32(output.channels / (2 * lanes)), b: layer.weights.floats,
                    c: piece.output.pointer(block: 0, y: y, x: 0, lanes: lanes), c_block_stride: Int64(output.width * lanes),
                    bypass_cache: piece.bypassesCache, statistics: piece.statistics)
                table.gemm_rgb(&gemm)
            }
        }
    }
}
