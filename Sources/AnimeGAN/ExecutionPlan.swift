/// Everything about running the generator on one height and width that does not depend on the picture: shapes, tile schedules,
/// resize tables and where each activation lies in the arena. Made once per size and shared.
package final class ExecutionPlan: Sendable {
    /// Rows of the picture.
    package let height: Int
    /// Columns of the picture.
    package let width: Int
    let steps: [PlannedStep]
    /// Start of the padded RGB picture in the arena.
    let pictureOffset: Int
    /// Start of the kept activation (the inverted residual blocks' input).
    let keptOffset: Int
    let keptShape: ActivationShape
    let arenaCount: Int
    /// Floats of working memory for each thread that takes part.
    let scratchCount: Int
    /// The most pieces in a step.
    let mostPieces: Int

    struct PlannedStep: Sendable {
        let shape: ActivationShape
        let offset: Int
        let layer: any PlannedLayer
        /// How this step's input is resized on the way in.
        let resize: Interpolation?
        /// Whether the output lies over the input, a little before it: pieces then keep to ``ReadPacing``.
        let overwritesInput: Bool
        /// Whether the output is stored past the caches.
        let bypassesCache: Bool
        let directMultiplications: Int
    }

    /// Exact bytes that a run needs beside the weights, with `threads` threads.
    package func bytes(threads: Int) -> Int {
        (arenaCount + threads * scratchCount) * MemoryLayout<Float>.stride
    }

    init(network: Network, convention: BilinearConvention, height: Int, width: Int) {
        self.height = height
        self.width = width
        let shapes = network.steps.map {
            ActivationShape(channels: $0.channels, height: $0.scale.size(of: height), width: $0.scale.size(of: width))
        }
        let picture = ActivationShape(channels: 3, height: height + 6, width: width + 6)
        let inputs = [picture] + shapes.dropLast()
        let resizes = Self.resizes(network, shapes, convention)
        let layers = network.steps.indices.map { network.steps[$0].layer.planned(input: inputs[$0], output: shapes[$0]) }
        let streamed = Self.streamed(network, shapes, layers, resizes)
        let memory = Self.memory(network, shapes, picture: picture, offsets: streamed)
        steps = network.steps.indices.map { index in
            PlannedStep(
                shape: shapes[index], offset: memory.offsets[index], layer: layers[index], resize: resizes[index],
                overwritesInput: index > 0 && streamed[index] != nil && streamed[index - 1] != nil,
                bypassesCache: (inputs[index].count + shapes[index].count) * MemoryLayout<Float>.stride > Self.cachedBytes,
                directMultiplications: shapes[index].count * network.steps[index].taps)
        }
        pictureOffset = memory.offsets[steps.count]
        keptOffset = memory.offsets[steps.count + 1]
        keptShape = Self.keptShape(network, shapes)
        arenaCount = memory.count
        scratchCount = max(steps.map(\.layer.scratchCount).max() ?? 0, Self.outputScratch(shapes[shapes.count - 1]))
        mostPieces = steps.map(\.layer.pieces).max() ?? 1
    }

    /// What a layer's input and output may take together and still be found in a last-level cache. A constant: what systems report
    /// is the socket's, of which a group of cores has a part (32 MB on the processors measured).
    static let cachedBytes = 24 << 20

    /// Pixels that one piece of the output layer handles at a time.
    static let outputColumns = 128

    private static func outputScratch(_ last: ActivationShape) -> Int { (last.channels + 3) * outputColumns + 64 }

    /// Each step's output lives until the next step has read it; the last one until the picture is written.
    private static func memory(
        _ network: Network, _ shapes: [ActivationShape], picture: ActivationShape, offsets: [Int: Int]
    ) -> MemoryPlan {
        var requests = shapes.enumerated().map {
            MemoryPlan.Request(count: $1.count, first: $0, last: $0 + 1, offset: offsets[$0])
        }
        requests.append(.init(count: picture.count, first: -1, last: 0))
        let keeping = network.steps.indices.filter { network.steps[$0].input.keeps || network.steps[$0].input.addsKept }
        requests.append(.init(count: keptShape(network, shapes).count, first: keeping.first ?? 0, last: keeping.last ?? 0))
        return MemoryPlan(requests)
    }

    /// The largest activations by far are those of the last steps, at the picture's full size. Each of these steps writes over what
    /// it reads: its output starts `lead` floats before its input, which is just so much that no strip's output reaches rows
    /// that later strips still read. Gives the offsets of the activations in that chain, by step.
    private static func streamed(
        _ network: Network, _ shapes: [ActivationShape], _ layers: [any PlannedLayer], _ resizes: [Interpolation?]
    ) -> [Int: Int] {
        var offsets: [Int: Int] = [:], offset = 0
        for index in network.steps.indices.reversed() {
            offsets[index] = offset
            guard network.steps[index].scale == .full, let strips = layers[index].strips else { break }
            let lead = lead(strips, input: shapes[index - 1], output: shapes[index], rows: resizes[index]?.rows)
            offset = MemoryPlan.aligned(offset + lead)
        }
        return offsets
    }

    /// The fewest floats between an output's start and its input's start further on, for which every strip's output ends before
    /// the first input row that it or a later strip reads.
    static func lead(_ strips: Strips, input: ActivationShape, output: ActivationShape, rows: AxisInterpolation?) -> Int {
        let outputRow = output.channels * output.width, inputRow = input.channels * input.width
        // Strips differ in height where the rows do not divide evenly: any row may start one.
        return (0..<output.height).map { y in
            let end = min(y + strips.rows, output.height)
            // Rows above the picture reflect to rows below its edge; every strip's own rows count as read by later ones.
            let first = max(0, y - strips.halo), source = rows.map { Int($0.index[first]) } ?? first
            return end * outputRow - source * inputRow
        }.max() ?? 0
    }

    private static func keptShape(_ network: Network, _ shapes: [ActivationShape]) -> ActivationShape {
        guard let first = network.steps.indices.first(where: { network.steps[$0].input.keeps }) else { return shapes[0] }
        return shapes[first - 1]
    }

    /// Upsampling happens where a step's output is larger than its input; strided layers go the other way by themselves.
    private static func resizes(
        _ network: Network, _ shapes: [ActivationShape], _ convention: BilinearConvention
    ) -> [Interpolation?] {
        network.steps.indices.map { index in
            guard index > 0, network.steps[index - 1].scale.rawValue > network.steps[index].scale.rawValue else { return nil }
            let input = shapes[index - 1], output = shapes[index]
            return Interpolation(
                fromHeight: input.height, fromWidth: input.width, toHeight: output.height, toWidth: output.width,
                convention: convention)
        }
    }
}
