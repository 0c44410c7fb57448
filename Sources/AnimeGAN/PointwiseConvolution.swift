import CKernels

/// A 1×1 convolution: a packed GEMM over pixels.
struct PointwiseConvolution: Layer {
    let kernels: KernelSet
    let weights: AlignedBuffer

    init(_ tensor: Tensor, kernels: KernelSet) throws(EngineError) {
        self.kernels = kernels
        weights = try DirectWeights.pack(tensor, lanes: kernels.lanes)
    }

    var algorithm: String { "GEMM" }

    /// Pixels of a row that a piece takes.
    private static let columnsPerPiece = 96

    func planned(input: ActivationShape, output: ActivationShape) -> any PlannedLayer {
        let cuts = (output.width + Self.columnsPerPiece - 1) / Self.columnsPerPiece
        return PlannedPointwiseConvolution(layer: self, inputChannels: input.channels, output: output, columnCuts: cuts)
    }
}

struct PlannedPointwiseConvolution: PlannedLayer {
    let layer: PointwiseConvolution
    let inputChannels: Int
    let output: ActivationShape
    let columnCuts: Int

    var pieces: Int { output.height * columnCuts }
    var multiplications: Int { output.count * inputChannels }
    var scratchCount: Int { inputChannels * ((output.width + columnCuts - 1) / columnCuts) + 64 }

    func run(_ piece: Piece) {
        let y = piece.index / columnCuts, cut = piece.index % columnCuts
        let table = layer.kernels.table.pointee, lanes = layer.kernels.lanes, segments = inputChannels / lanes
        let x0 = output.width * cut / columnCuts, count = output.width * (cut + 1) / columnCuts - x0
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: segments) { offsets in
            guard let start = offsets.baseAddress else { return }
            for block in 0..<segments {
                let pixels = piece.scratch + block * count * lanes
                table.band(piece.input, Int32(block), Int32(y), 1, Int32(x0), Int32(count), pixels, 0, pixels)
                if let kept = piece.kept {
                    kept.pointer(block: block, y: y, x: x0, lanes: lanes).update(from: pixels, count: count * lanes)
                }
                offsets[block] = Int32(block * count * lanes)
            }
            var gemm = sk_gemm(
                a: piece.scratch, offsets: start, segments: Int32(segments), rows: Int32(count),
                panels: Int32(output.channels / (2 * lanes)), b: layer.weights.floats,
                c: piece.output.pointer(block: 0, y: y, x: x0, lanes: lanes), c_block_stride: Int64(output.width * lanes),
                bypass_cache: piece.bypassesCache, statistics: piece.statistics)
            table.gemm(&gemm)
        }
    }
}
