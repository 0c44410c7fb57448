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
        let memory = Self.memory(network, shapes, picture: picture)
        var steps: [PlannedStep] = []
        for (index, step) in network.steps.enumerated() {
            let input = index == 0 ? picture : shapes[index - 1], output = shapes[index]
            steps.append(
                PlannedStep(
                    shape: output, offset: memory.offsets[index], layer: step.layer.planned(input: input, output: output),
                    resize: Self.resize(
                        from: index == 0 ? nil : network.steps[index - 1].scale, to: step.scale, input, output, convention),
                    directMultiplications: output.count * step.taps))
        }
        self.steps = steps
        pictureOffset = memory.offsets[steps.count]
        keptOffset = memory.offsets[steps.count + 1]
        keptShape = Self.keptShape(network, shapes)
        arenaCount = memory.count
        scratchCount = max(steps.map(\.layer.scratchCount).max() ?? 0, Self.outputScratch(shapes[shapes.count - 1]))
        mostPieces = steps.map(\.layer.pieces).max() ?? 1
    }

    /// Pixels that one piece of the output layer handles at a time.
    static let outputColumns = 128

    private static func outputScratch(_ last: ActivationShape) -> Int { (last.channels + 3) * outputColumns + 64 }

    /// Each step's output lives until the next step has read it; the last one until the picture is written.
    private static func memory(_ network: Network, _ shapes: [ActivationShape], picture: ActivationShape) -> MemoryPlan {
        var requests = shapes.enumerated().map { MemoryPlan.Request(count: $1.count, first: $0, last: $0 + 1) }
        requests.append(.init(count: picture.count, first: -1, last: 0))
        let keeping = network.steps.indices.filter { network.steps[$0].input.keeps || network.steps[$0].input.addsKept }
        requests.append(
            .init(count: keptShape(network, shapes).count, first: keeping.first ?? 0, last: keeping.last ?? 0))
        return MemoryPlan(requests)
    }

    private static func keptShape(_ network: Network, _ shapes: [ActivationShape]) -> ActivationShape {
        guard let first = network.steps.indices.first(where: { network.steps[$0].input.keeps }) else { return shapes[0] }
        return shapes[first - 1]
    }

    /// Upsampling happens where a step's output is larger than its input; strided layers go the other way by themselves.
    private static func resize(
        from source: Network.Scale?, to target: Network.Scale, _ input: ActivationShape, _ output: ActivationShape,
        _ convention: BilinearConvention
    ) -> Interpolation? {
        guard let source, source.rawValue > target.rawValue else { return nil }
        return Interpolation(
            fromHeight: input.height, fromWidth: input.width, toHeight: output.height, toWidth: output.width,
            convention: convention)
    }
}
