/// The generator as a list of steps, its weights packed for one instruction set. Independent of any picture's size.
struct Network: Sendable {
    /// The resolution of a step's output: the picture's, half of it, or half of that (rounded down each time).
    enum Scale: Int, Sendable {
        case full, half, quarter

        func size(of side: Int) -> Int { side >> rawValue }
    }

    /// One convolution with the normalisation that follows it.
    struct Step: Sendable {
        /// The checkpoint's name of the layer, for example `block_c.2.layers.0`.
        let name: String
        let layer: any Layer
        let norm: Normalisation
        let channels: Int
        let scale: Scale
        let input: Input
        /// Multiplications of the plain convolution per output value.
        let taps: Int
    }

    /// What a step reads: the picture, or the output of the step before it, normalised.
    struct Input: Sendable {
        /// LeakyReLU(0.2) after normalisation.
        var activated = true
        /// Add the kept activation after normalisation (and do not activate).
        var addsKept = false
        /// Store what was made as the kept activation.
        var keeps = false
    }

    /// GroupNorm with one group.
    struct Normalisation: Sendable {
        let weight: [Float]
        let bias: [Float]

        static let epsilon = 1e-5
    }

    let kernels: KernelSet
    let steps: [Step]
    /// `[3][32]`.
    let outputWeights: AlignedBuffer

    init(_ weights: Weights, kernels: KernelSet) throws(EngineError) {
        self.kernels = kernels
        var builder = NetworkBuilder(weights: weights, kernels: kernels)
        steps = try builder.build()
        outputWeights = try DirectWeights.copy(weights["out_layer.0.weight"])
    }
}

/// Walks the architecture once, packing each layer by the algorithm that suits it (measurements: docs/engine.md).
private struct NetworkBuilder {
    let weights: Weights
    let kernels: KernelSet
    private var steps: [Network.Step] = []

    init(weights: Weights, kernels: KernelSet) {
        self.weights = weights
        self.kernels = kernels
    }

    mutating func build() throws(EngineError) -> [Network.Step] {
        let kernels = kernels
        try add("block_a.0", .full) { (tensor) throws(EngineError) in try RGBConvolution(tensor, kernels: kernels) }
        try strided("block_a.1", .half)
        try winograd("block_a.2", .half)
        try strided("block_b.0", .quarter)
        try winograd("block_b.1", .quarter)
        try winograd("block_c.0", .quarter)
        for block in 1...4 { try invertedResidual("block_c.\(block)", index: block) }
        try winograd("block_c.5", .quarter, input: .init(activated: false, addsKept: true))
        try winograd("block_d.0", .half)
        try winograd("block_d.1", .half)
        try winograd("block_e.0", .full)
        try winograd("block_e.1", .full)
        try add("block_e.2", .full) { (tensor) throws(EngineError) in
            try TiledConvolution(tensor, transform: .fourier, kernels: kernels)
        }
        return steps
    }

    private mutating func winograd(_ name: String, _ scale: Network.Scale, input: Network.Input = .init()) throws(EngineError) {
        let kernels = kernels
        try add(name, scale, input: input) { (tensor) throws(EngineError) in
            try TiledConvolution(tensor, transform: .winograd, kernels: kernels)
        }
    }

    private mutating func strided(_ name: String, _ scale: Network.Scale) throws(EngineError) {
        let kernels = kernels
        try add(name, scale) { (tensor) throws(EngineError) in try StridedConvolution(tensor, kernels: kernels) }
    }

    /// Expand, depthwise, project. Only the first block changes the number of channels and so adds nothing; the others add their
    /// input, which is kept when it is first made.
    private mutating func invertedResidual(_ name: String, index: Int) throws(EngineError) {
        let kernels = kernels, weights = weights
        let input: Network.Input =
            switch index {
            case 1: .init()
            case 2: .init(activated: false, keeps: true)
            default: .init(activated: false, addsKept: true, keeps: true)
            }
        func pointwise(_ tensor: Tensor) throws(EngineError) -> any Layer {
            StrassenConvolution.suits(tensor, lanes: kernels.lanes)
                ? try StrassenConvolution(tensor, kernels: kernels) : try PointwiseConvolution(tensor, kernels: kernels)
        }
        try add("\(name).layers.0", .quarter, input: input, layer: pointwise)
        let bias = weights["\(name).layers.1.1.bias"]
        try add("\(name).layers.1", .quarter) { (tensor) throws(EngineError) in
            try DepthwiseConvolution(tensor, bias: bias, kernels: kernels)
        }
        try add(
            "\(name).layers.2", .quarter, weight: "\(name).layers.2.weight", norm: "\(name).layers.3", layer: pointwise)
    }

    private mutating func add(
        _ name: String, _ scale: Network.Scale, input: Network.Input = .init(), weight: String? = nil, norm: String? = nil,
        layer: (Tensor) throws(EngineError) -> any Layer
    ) throws(EngineError) {
        let tensor = weights[weight ?? "\(name).1.weight"], norm = norm ?? "\(name).2"
        steps.append(
            Network.Step(
                name: name, layer: try layer(tensor),
                norm: .init(weight: weights["\(norm).weight"].values, bias: weights["\(norm).bias"].values),
                channels: tensor.shape[0], scale: scale, input: input, taps: tensor.shape[1...].reduce(1, *)))
    }
}
