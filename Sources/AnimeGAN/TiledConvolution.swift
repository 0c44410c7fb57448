import CKernels

/// A convolution of stride 1 by transformed tiles: Winograd F(6×6, 3×3), or 16×16 FFT for 7×7. Input tiles are
/// transformed, the points multiplied as so many GEMMs, and the products transformed back, chunk by chunk in cache.
struct TiledConvolution: Layer {
    enum Transform: Sendable {
        case winograd
        case fourier

        var points: Int { self == .winograd ? 64 : 382 }
        /// Outputs on a tile's side.
        var tile: Int { self == .winograd ? 6 : 10 }
        /// Taps on the kernel's side.
        var kernel: Int { self == .winograd ? 3 : 7 }

        /// How many tiles to work on at once: enough to use each weight often, few enough for the second-level cache. Fewer where the
        /// output passes the last-level cache by and takes its share of everything between (all measured).
        func tilesPerChunk(output: ActivationShape) -> Int {
            switch self {
            case .winograd: output.count * MemoryLayout<Float>.stride > ExecutionPlan.cachedBytes ? 12 : 24
            case .fourier: 7
            }
        }
    }

    let kernels: KernelSet
    let transform: Transform
    let weights: AlignedBuffer

    init(_ tensor: Tensor, transform: Transform, kernels: KernelSet) throws(EngineError) {
        self.kernels = kernels
        self.transform = transform
        let matrix = transform == .winograd ? WinogradTransform.weights : FourierTransform.weights
        weights = try TransformedWeights(kernels: kernels, transform: matrix).pack(tensor)
    }

    var algorithm: String { transform == .winograd ? "Winograd F(6×6, 3×3)" : "FFT 16×16" }

    func planned(input: ActivationShape, output: ActivationShape) -> any PlannedLayer {
        PlannedTiledConvolution(layer: self, inputChannels: input.channels, output: output)
    }
}

struct PlannedTiledConvolution: PlannedLayer {
    private let layer: TiledConvolution
    private let inputChannels: Int
    private let output: ActivationShape
    private let schedule: TileSchedule
    let scratchCount: Int

    init(layer: TiledConvolution, inputChannels: Int, output: ActivationShape) {
        self.layer = layer
        self.inputChannels = inputChannels
        self.output = output
        let transform = layer.transform
        schedule = TileSchedule(
            height: output.height, width: output.width, tile: transform.tile, target: transform.tilesPerChunk(output: output))
        let bandRows = schedule.largestRows * transform.tile + transform.kernel - 1
        let bandColumns = schedule.largestColumns * transform.tile + transform.kernel - 1
        var cursor = ScratchCursor()
        _ = cursor.take(transform.points * Self.stride(inputChannels, schedule.largestChunk))
        _ = cursor.take(transform.points * Self.stride(output.channels, schedule.largestChunk))
        _ = cursor.take(bandRows * (bandColumns + 1) * layer.kernels.lanes)
        _ = cursor.take((bandRows + 4) * (bandColumns + 4) * layer.kernels.lanes)
        scratchCount = cursor.used
    }

    var pieces: Int { schedule.count }

    var strips: Strips? {
        Strips(rows: schedule.largestRows * layer.transform.tile, halo: layer.transform.kernel / 2)
    }

    var multiplications: Int {
        schedule.tilesHigh * schedule.tilesWide * layer.transform.points * inputChannels * output.channels
    }

    /// Floats between two points of a chunk, off the powers of two.
    private static func stride(_ channels: Int, _ tiles: Int) -> Int { channels * tiles + 16 }

    func run(_ piece: Piece) {
        let chunk = schedule[piece.index], transform = layer.transform
        let pointStride = Self.stride(inputChannels, chunk.tiles), productStride = Self.stride(output.channels, chunk.tiles)
        var cursor = ScratchCursor()
        let points = piece.scratch + cursor.take(transform.points * pointStride)
        let products = piece.scratch + cursor.take(transform.points * productStride)
        transformInput(piece, chunk, points, pointStride, &cursor)
        piece.pacing?.finishedReading(piece.index)
        multiply(chunk, points, pointStride, products, productStride)
        piece.pacing?.waitForReaders(before: piece.index)
        transformOutput(piece, chunk, products, productStride)
    }

    private func transformInput(
        _ piece: Piece, _ chunk: TileSchedule.Chunk, _ points: UnsafeMutablePointer<Float>, _ pointStride: Int,
        _ cursor: inout ScratchCursor
    ) {
        let table = layer.kernels.table.pointee, transform = layer.transform, lanes = layer.kernels.lanes
        let halo = transform.kernel - 1, side = transform.tile
        let bandRows = chunk.rows.count * side + halo, bandColumns = chunk.columns.count * side + halo
        let rowStride = (bandColumns + 1) * lanes
        let band = piece.scratch + cursor.take(bandRows * rowStride)
        let scratch = piece.scratch + cursor.take((bandRows + 4) * (bandColumns + 4) * lanes)
        let forward = transform == .winograd ? table.winograd_input : table.fourier_input
        for block in 0..<inputChannels / lanes {
            table.band(
                piece.input, Int32(block), Int32(chunk.rows.lowerBound * side - halo / 2), Int32(bandRows),
                Int32(chunk.columns.lowerBound * side - halo / 2), Int32(bandColumns), band, Int64(rowStride), scratch)
            for row in 0..<chunk.rows.count {
                forward(
                    band + row * side * rowStride, Int64(rowStride), Int32(chunk.columns.count),
                    points + (block * chunk.tiles + row * chunk.columns.count) * lanes, Int64(pointStride))
            }
        }
    }

    private func multiply(
        _ chunk: TileSchedule.Chunk, _ points: UnsafeMutablePointer<Float>, _ pointStride: Int,
        _ products: UnsafeMutablePointer<Float>, _ productStride: Int
    ) {
        let table = layer.kernels.table.pointee, lanes = layer.kernels.lanes, segments = inputChannels / lanes
        let matrix = inputChannels * output.channels
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: segments) { offsets in
            for block in 0..<segments { offsets[block] = Int32(block * chunk.tiles * lanes) }
            guard let offsets = offsets.baseAddress else { return }
            for point in 0..<layer.transform.points {
                var gemm = sk_gemm(
                    a: points + point * pointStride, offsets: offsets, segments: Int32(segments), rows: Int32(chunk.tiles),
                    panels: Int32(output.channels / (2 * lanes)), b: layer.weights.floats + point * matrix,
                    c: products + point * productStride,
                    c_block_stride: Int64(chunk.tiles * lanes), bypass_cache: false, statistics: nil)
                table.gemm(&gemm)
            }
        }
    }

    private func transformOutput(
        _ piece: Piece, _ chunk: TileSchedule.Chunk, _ products: UnsafeMutablePointer<Float>, _ productStride: Int
    ) {
        let table = layer.kernels.table.pointee, side = layer.transform.tile, lanes = layer.kernels.lanes
        let back = layer.transform == .winograd ? table.winograd_output : table.fourier_output
        let x = chunk.columns.lowerBound * side
        for block in 0..<output.channels / lanes {
            for (row, tileRow) in chunk.rows.enumerated() {
                let y = tileRow * side
                back(
                    products + (block * chunk.tiles + row * chunk.columns.count) * lanes, Int64(productStride),
                    Int32(chunk.columns.count), piece.output.pointer(block: block, y: y, x: x, lanes: lanes),
                    Int64(piece.output.rowStride), Int32(output.height - y), Int32(output.width - x), piece.bypassesCache,
                    piece.statistics)
            }
        }
    }
}
