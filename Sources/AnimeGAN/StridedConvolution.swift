import CKernels

/// A 3×3 convolution of stride 2, padded right and below only: direct, as a GEMM through an offset table.
struct StridedConvolution: Layer {
    let kernels: KernelSet
    let weights: AlignedBuffer

    init(_ tensor: Tensor, kernels: KernelSet) throws(EngineError) {
        self.kernels = kernels
        weights = try DirectWeights.pack(tensor, lanes: kernels.lanes)
    }

    var algorithm: String { "direct, stride 2" }

    func planned(input: ActivationShape, output: ActivationShape) -> any PlannedLayer {
        PlannedStridedConvolution(layer: self, inputChannels: input.channels, output: output)
    }
}

struct PlannedStridedConvolution: PlannedLayer {
    private let layer: StridedConvolution
    private let inputChannels: Int
    private let output: ActivationShape
    /// Chunks of output pixels: "tiles" of one pixel.
    private let rowsPerPiece: Int
    private let columnCuts: Int
    let scratchCount: Int

    private static let columnsPerPiece = 72

    init(layer: StridedConvolution, inputChannels: Int, output: ActivationShape) {
        self.layer = layer
        self.inputChannels = inputChannels
        self.output = output
        rowsPerPiece = 2
        columnCuts = (output.width + Self.columnsPerPiece - 1) / Self.columnsPerPiece
        let columns = (output.width + columnCuts - 1) / columnCuts
        let bandRows = 2 * rowsPerPiece + 1, bandColumns = 2 * columns + 1
        var cursor = ScratchCursor()
        _ = cursor.take(inputChannels / layer.kernels.lanes * (bandRows * bandColumns * layer.kernels.lanes + 16))
        _ = cursor.take((bandRows + 4) * (bandColumns + 4) * layer.kernels.lanes)
        scratchCount = cursor.used
    }

    var pieces: Int { (output.height + rowsPerPiece - 1) / rowsPerPiece * columnCuts }

    var multiplications: Int { output.count * inputChannels * 9 }

    func run(_ piece: Piece) {
        let table = layer.kernels.table.pointee, lanes = layer.kernels.lanes, segments = inputChannels / lanes * 9
        let y0 = piece.index / columnCuts * rowsPerPiece, y1 = min(y0 + rowsPerPiece, output.height)
        let cut = piece.index % columnCuts
        let x0 = output.width * cut / columnCuts, x1 = output.width * (cut + 1) / columnCuts
        let bandRows = 2 * (y1 - y0) + 1, bandColumns = 2 * (x1 - x0) + 1, rowStride = bandColumns * lanes
        let blockStride = bandRows * rowStride + 16
        var cursor = ScratchCursor()
        let bands = piece.scratch + cursor.take(inputChannels / lanes * blockStride)
        let scratch = piece.scratch + cursor.take((bandRows + 4) * (bandColumns + 4) * lanes)
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: segments) { offsets in
            guard let start = offsets.baseAddress else { return }
            for block in 0..<inputChannels / lanes {
                table.band(
                    piece.input, Int32(block), Int32(2 * y0), Int32(bandRows), Int32(2 * x0), Int32(bandColumns),
                    bands + block * blockStride, Int64(rowStride), scratch)
                for tap in 0..<9 {
                    offsets[block * 9 + tap] = Int32(block * blockStride + tap / 3 * rowStride + tap % 3 * lanes)
                }
            }
            for y in y0..<y1 {
                var gemm = sk_gemm(
                    a: bands + 2 * (y - y0) * rowStride, offsets: start, segments: Int32(segments), rows: Int32(x1 - x0),
                    panels: Int32(output.channels / (2 * lanes)), b: layer.weights.floats,
                    c: piece.output.pointer(block: 0, y: y, x: x0, lanes: lanes), c_block_stride: Int64(output.width * lanes),
                    bypass_cache: piece.bypassesCache, statistics: piece.statistics)
                table.gemm_stride2(&gemm)
            }
        }
    }
}
