import CKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A 1×1 convolution: a packed GEMM over pixels.
struct PointwiseConvolution: Layer {
    let kernels: KernelSet
    let weights: AlignedBuffer

    init(_ tensor: Tensor, kernels: KernelSet) throws(EngineError) {
        self.kernels = kernels
        weights = try DirectWeights.pack(tensor, lanes: kernels.lanes)
    }

    var algorithm: String { "GEMM" }

    func planned(input: ActivationShape, output: ActivationShape) -> any PlannedLayer {
        PlannedPointwiseConvolution(layer: self, inputChannels: input.channels, output: output)
    }
}

struct PlannedPointwiseConvolution: PlannedLayer {
    private let layer: PointwiseConvolution
    private let inputChannels: Int
    private let output: ActivationShape
    private let columnCuts: Int
    private static let columnsPerPiece = 96

    init(layer: PointwiseConvolution, inputChannels: Int, output: ActivationShape) {
        self.layer = layer
        self.inputChannels = inputChannels
        self.output = output
        columnCuts = (output.width + Self.columnsPerPiece - 1) / Self.columnsPerPiece
    }

    var pieces: Int { output.height * columnCuts }
    var multiplications: Int { output.count * inputChannels }
    var scratchCount: Int { inputChannels * ((output.width + columnCuts - 1) / columnCuts) + 64 }

    func run(_ piece: Piece) {
        let table = layer.kernels.table.pointee, lanes = layer.kernels.lanes, segments = inputChannels / lanes
        let y = piece.index / columnCuts, cut = piece.index % columnCuts
        let x0 = output.width * cut / columnCuts, count = output.width * (cut + 1) / columnCuts - x0
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: segments) { offsets in
            guard let start = offsets.baseAddress else { return }
            for block in 0..<segments {
                let pixels = piece.scratch + block * count * lanes
                table.band(piece.input, Int32(block), Int32(y), 1, Int32(x0), Int32(count), pixels, 0, pixels)
                if let kept = piece.kept {
                    memcpy(
                        kept.pointer(block: block, y: y, x: x0, lanes: lanes), pixels, count * lanes * MemoryLayout<Float>.stride)
                }
                offsets[block] = Int32(block * count * lanes)
            }
            var gemm = sk_gemm(
                a: piece.scratch, offsets: start, segments: Int32(segments), rows: Int32(count),
                panels: Int32(output.channels / (2 * lanes)), b: layer.weights.floats,
                c: piece.output.pointer(block: 0, y: y, x: x0, lanes: lanes), c_block_stride: Int64(output.width * lanes),
                statistics: piece.statistics)
            table.gemm(&gemm)
        }
    }
}
