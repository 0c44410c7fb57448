import CKernels

/// One picture's way through the network.
struct GeneratorRun {
    let network: Network
    let plan: ExecutionPlan
    let workspace: Workspace
    let team: ComputeTeam

    private var lanes: Int { network.kernels.lanes }
    private static let slope: Float = 0.2

    private func activation(_ index: Int) -> Activation {
        Activation(shape: plan.steps[index].shape, floats: workspace.arena.floats + plan.steps[index].offset)
    }

    private var kept: Activation { Activation(shape: plan.keptShape, floats: workspace.arena.floats + plan.keptOffset) }

    // MARK: Picture in

    /// Lays the picture out as `[H+6][W+6][3]`, reflected at the edges; `read` gives one row of RGB floats.
    func readPicture(_ read: (Int, UnsafeMutablePointer<Float>) -> Void) throws(EngineError) {
        let padding = RGBConvolution.padding, height = plan.height, width = plan.width
        let stride = (width + 2 * padding) * 3, picture = workspace.arena.floats + plan.pictureOffset
        try team.forEach(height, scratchCount: plan.scratchCount) { y, _ in
            let row = picture + (y + padding) * stride
            read(y, row + padding * 3)
            for i in 1...padding {
                for c in 0..<3 {
                    row[(padding - i) * 3 + c] = row[(padding + i) * 3 + c]
                    row[(padding + width - 1 + i) * 3 + c] = row[(padding + width - 1 - i) * 3 + c]
                }
            }
        }
        for i in 1...padding {
            (picture + (padding - i) * stride).update(from: picture + (padding + i) * stride, count: stride)
            (picture + (padding + height - 1 + i) * stride).update(
                from: picture + (padding + height - 1 - i) * stride, count: stride)
        }
    }

    // MARK: Layers

    /// Runs step `index` and finds the normalisation after it.
    func step(_ index: Int) throws(EngineError) {
        let layer = plan.steps[index].layer, output = activation(index), lanes = lanes
        let statistics = workspace.statistics(pieces: layer.pieces, lanes: lanes)
        let kept = network.steps[index].input.keeps ? kept : nil
        let pacing = plan.steps[index].overwritesInput ? workspace.pacing : nil
        let bypassesCache = plan.steps[index].bypassesCache
        pacing?.restart()
        var failure: EngineError?
        withSource(of: index) { source in
            do throws(EngineError) {
                try team.forEach(layer.pieces, scratchCount: plan.scratchCount) { piece, scratch in
                    layer.run(
                        Piece(
                            index: piece, input: source, output: output, kept: kept, scratch: scratch,
                            bypassesCache: bypassesCache, pacing: pacing,
                            statistics: statistics + piece * 2 * lanes))
                    // Stores past the caches are not ordered by themselves; the next layer may read them on another thread.
                    if bypassesCache { sk_store_fence() }
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        normalise(index, moments(statistics, pieces: layer.pieces))
    }

    /// What step `index` reads, for as long as `body` runs.
    private func withSource(of index: Int, _ body: (UnsafePointer<sk_source>) -> Void) {
        if index == 0 {
            var picture = sk_source(
                data: workspace.arena.floats + plan.pictureOffset, residual: nil, scale: nil, shift: nil, slope: 1, blocks: 0,
                height: Int32(plan.height), width: Int32(plan.width), out_height: Int32(plan.height),
                out_width: Int32(plan.width),
                row_index: nil, row_weight: nil, column_index: nil, column_weight: nil)
            return body(&picture)
        }
        let input = network.steps[index].input
        var source = normalisedSource(index - 1, activated: input.activated, residual: input.addsKept ? kept : nil)
        guard let resize = plan.steps[index].resize else { return body(&source) }
        resize.rows.index.withUnsafeBufferPointer { rows in
            resize.rows.weight.withUnsafeBufferPointer { rowWeights in
                resize.columns.index.withUnsafeBufferPointer { columns in
                    resize.columns.weight.withUnsafeBufferPointer { columnWeights in
                        source.row_index = rows.baseAddress
                        source.row_weight = rowWeights.baseAddress
                        source.column_index = columns.baseAddress
                        source.column_weight = columnWeights.baseAddress
                        source.out_height = Int32(rows.count)
                        source.out_width = Int32(columns.count)
                        body(&source)
                    }
                }
            }
        }
    }

    /// The output of step `index`, normalised.
    private func normalisedSource(_ index: Int, activated: Bool, residual: Activation? = nil) -> sk_source {
        let activation = activation(index), shape = activation.shape
        return sk_source(
            data: activation.floats, residual: residual.map { UnsafePointer($0.floats) },
            scale: UnsafePointer(workspace.scale(after: index)), shift: UnsafePointer(workspace.shift(after: index)),
            slope: activated ? Self.slope : 1, blocks: Int32(shape.channels / lanes), height: Int32(shape.height),
            width: Int32(shape.width), out_height: Int32(shape.height), out_width: Int32(shape.width), row_index: nil,
            row_weight: nil, column_index: nil, column_weight: nil)
    }

    /// The pieces' statistics, summed in their order whichever threads made them: results are the same bit for bit.
    private func moments(_ statistics: UnsafeMutablePointer<Double>, pieces: Int) -> Moments {
        var moments = Moments()
        for piece in 0..<pieces {
            for lane in 0..<lanes {
                moments.sum += statistics[piece * 2 * lanes + lane]
                moments.squares += statistics[piece * 2 * lanes + lanes + lane]
            }
        }
        return moments
    }

    /// GroupNorm with one group as a scale and a shift per channel (Wu & He, arXiv:1803.08494).
    private func normalise(_ index: Int, _ moments: Moments) {
        let count = Double(plan.steps[index].shape.count), norm = network.steps[index].norm
        let mean = moments.sum / count, variance = max(0, moments.squares / count - mean * mean)
        let inverse = 1 / (variance + Network.Normalisation.epsilon).squareRoot()
        let scale = workspace.scale(after: index), shift = workspace.shift(after: index)
        for channel in 0..<norm.weight.count {
            let gain = Double(norm.weight[channel]) * inverse
            scale[channel] = Float(gain)
            shift[channel] = Float(Double(norm.bias[channel]) - mean * gain)
        }
    }

    // MARK: Picture out

    /// The output layer; `write` gets a row, a first column, a count and the three planes' values.
    func writePicture(_ write: (Int, Int, Int, [UnsafeMutablePointer<Float>]) -> Void) throws(EngineError) {
        let table = network.kernels.table.pointee, weights = network.outputWeights.floats
        let columns = ExecutionPlan.outputColumns, channels = Int(plan.steps[plan.steps.count - 1].shape.channels)
        let source = normalisedSource(plan.steps.count - 1, activated: true)
        try team.forEach(plan.height, scratchCount: plan.scratchCount) { y, scratch in
            let planes = (0..<3).map { scratch + channels * columns + 16 + $0 * columns }
            var x = 0
            while x < plan.width {
                let count = min(columns, plan.width - x)
                withUnsafePointer(to: source) { source in
                    table.rgb_output(source, weights, Int32(y), Int32(x), Int32(count), planes, scratch)
                }
                write(y, x, count, planes)
                x += count
            }
        }
    }

    // MARK: Reports

    /// The activated output of step `index` as `[channels][height][width]`, for comparison with a reference.
    func activated(_ index: Int) -> [Float] {
        let shape = plan.steps[index].shape, lanes = lanes
        var values = [Float](repeating: 0, count: shape.count)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: shape.width * lanes) { row in
            guard let start = row.baseAddress else { return }
            withUnsafePointer(to: normalisedSource(index, activated: true)) { source in
                for block in 0..<shape.channels / lanes {
                    for y in 0..<shape.height {
                        network.kernels.table.pointee.band(
                            source, Int32(block), Int32(y), 1, 0, Int32(shape.width), start, 0, start)
                        for x in 0..<shape.width {
                            for lane in 0..<lanes {
                                values[((block * lanes + lane) * shape.height + y) * shape.width + x] = row[x * lanes + lane]
                            }
                        }
                    }
                }
            }
        }
        return values
    }

    func timing(of index: Int, _ duration: Duration) -> LayerTiming {
        LayerTiming(
            name: network.steps[index].name, algorithm: network.steps[index].layer.algorithm, seconds: duration / .seconds(1),
            directMultiplications: plan.steps[index].directMultiplications,
            executedMultiplications: plan.steps[index].layer.multiplications)
    }

    func outputTiming(_ duration: Duration) -> LayerTiming {
        let count = plan.height * plan.width * 3 * (plan.steps.last?.shape.channels ?? 0)
        return LayerTiming(
            name: "out_layer", algorithm: "direct, tanh", seconds: duration / .seconds(1), directMultiplications: count,
            executedMultiplications: count)
    }
}
