import CKernels

/// A depthwise 3×3 convolution with bias: direct, one channel block of a few rows at a time.
struct DepthwiseConvolution: Layer {
    let kernels: KernelSet
    let weights: AlignedBuffer
    let bias: AlignedBuffer

    init(_ tensor: Tensor, bias: Tensor, kernels: KernelSet) throws(EngineError) {
        self.kernels = kernels
        weights = try DirectWeights.packDepthwise(tensor, lanes: kernels.lanes)
        self.bias = try DirectWeights.copy(bias)
    }

    var algorithm: String { "direct, depthwise" }

    func planned(input: ActivationShape, output: ActivationShape) -> any PlannedLayer {
        PlannedDepthwiseConvolution(layer: self, output: output)
    }
}

struct PlannedDepthwiseConvolution: PlannedLayer {
    let layer: DepthwiseConvolution
    let output: ActivationShape

    /// Two of each piece's rows are read by its neighbours too: few pieces waste little, but two threads need some.
    private var rowsPerPiece: Int { output.height >= 64 ? 16 : 8 }
    private var rowCuts: Int { (output.height + rowsPerPiece - 1) / rowsPerPiece }
    private var rowStride: Int { (output.width + 2) * layer.kernels.lanes }

    var pieces: Int { rowCuts }
    var multiplications: Int { output.count * 9 }

    var scratchCount: Int {
        var cursor = ScratchCursor()
        _ = cursor.take((rowsPerPiece + 2) * rowStride)
        _ = cursor.take((rowsPerPiece + 6) * (output.width + 6) * layer.kernels.lanes)
        return cursor.used
    }

    func run(_ piece: Piece) {
        let table = layer.kernels.table.pointee, lanes = layer.kernels.lanes
        let y0 = piece.index * rowsPerPiece, y1 = min(y0 + rowsPerPiece, output.height)
        var cursor = ScratchCursor()
        let band = piece.scratch + cursor.take((rowsPerPiece + 2) * rowStride)
        let scratch = piece.scratch + cursor.take((rowsPerPiece + 6) * (output.width + 6) * lanes)
        for block in 0..<output.channels / lanes {
            table.band(
                piece.input, Int32(block), Int32(y0 - 1), Int32(y1 - y0 + 2), -1, Int32(output.width + 2), band, Int64(rowStride),
                scratch)
            for y in y0..<y1 {
                table.depthwise(
                    band + (y - y0) * rowStride, Int64(rowStride), Int32(output.width), layer.weights.floats + block * 9 * lanes,
                    layer.bias.floats + block * lanes, piece.output.pointer(block: block, y: y, x: 0, lanes: lanes),
                    piece.bypassesCache,
                    piece.statistics)
            }
        }
    }
}
