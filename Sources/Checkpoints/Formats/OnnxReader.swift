import AnimeGAN

/// Reads the generator's weights from an ONNX export.
///
/// Exporters keep the names of the convolutions, but not those of the group normalizations: PyTorch writes each as
/// `InstanceNormalization`, `Mul`, `Add` with constants such as `onnx::Mul_874`, and merges equal ones. Unless every public name is
/// present, the constants are identified by the graph: the convolutions form one chain in checkpoint order, and each is followed by its
/// own norm.
enum OnnxReader {
    struct Model {
        let tensors: [String: StoredTensor]
        let convention: BilinearConvention?
    }

    static func read(_ bytes: [UInt8]) throws(CheckpointError) -> Model {
        let graph = try OnnxGraph(bytes)
        let tensors = if let named = byName(graph) { named } else { try byPosition(graph) }
        return Model(tensors: tensors, convention: try convention(graph))
    }

    private static func byName(_ graph: OnnxGraph) -> [String: StoredTensor]? {
        var tensors: [String: StoredTensor] = [:]
        for parameter in Architecture.parameters {
            guard let tensor = graph.constants[parameter.name] else { return nil }
            tensors[parameter.name] = stored(tensor, as: tensor.shape, for: parameter.name)
        }
        return tensors
    }

    private static func byPosition(_ graph: OnnxGraph) throws(CheckpointError) -> [String: StoredTensor] {
        var tensors: [String: StoredTensor] = [:]
        var layers = OnnxLayers(graph).layers.makeIterator()
        var layer: OnnxLayers.Layer?
        for parameter in Architecture.parameters {
            if parameter.shape.count == 4 { layer = layers.next() }
            guard let tensor = layer?.tensor(for: parameter) else { continue }
            // The constants of a norm are [C, 1, 1] in the graph; only the number of channels has to match.
            let isVector = parameter.shape.count == 1 && tensor.count == parameter.count
            tensors[parameter.name] = stored(tensor, as: isVector ? parameter.shape : tensor.shape, for: parameter.name)
        }
        guard layers.next() == nil else {
            throw .malformed(format: .onnx, detail: "it has more layers than an AnimeGANv2 generator")
        }
        return tensors
    }

    private static func stored(_ tensor: OnnxTensor, as shape: [Int], for name: String) -> StoredTensor {
        StoredTensor(shape: shape) { () throws(CheckpointError) in try tensor.values(for: name) }
    }

    private static func convention(_ graph: OnnxGraph) throws(CheckpointError) -> BilinearConvention? {
        let modes = Set(graph.nodes.filter { $0.operation == "Resize" }.map { $0.coordinates ?? "half_pixel" })
        guard modes.count <= 1 else {
            throw .malformed(
                format: .onnx, detail: "its two resizes disagree (\(modes.sorted().joined(separator: ", ").printable))")
        }
        switch modes.first {
        case "align_corners": return .alignCorners
        case "half_pixel", "pytorch_half_pixel": return .halfPixel
        default: return nil
        }
    }
}

/// The convolutions of a graph in order, each with the norm that follows it.
struct OnnxLayers {
    struct Layer {
        let weight: OnnxTensor
        var bias: OnnxTensor?
        var scale: OnnxTensor?
        var shift: OnnxTensor?

        /// The tensor of a parameter: a convolution's weight has four axes, and only the depthwise ones, `….layers.1.1`, have a bias.
        func tensor(for parameter: Architecture.Parameter) -> OnnxTensor? {
            if parameter.shape.count == 4 { return weight }
            if parameter.name.hasSuffix(".layers.1.1.bias") { return bias }
            return parameter.name.hasSuffix(".weight") ? scale : shift
        }
    }

    private(set) var layers: [Layer] = []
    /// The layer of each value that is a layer's output before its activation.
    private var origin: [String: Int] = [:]
    private let constants: [String: OnnxTensor]
    /// Further names of constants: equal ones are merged through `Identity`, vectors reach their norm through `Unsqueeze`.
    private var aliases: [String: String] = [:]

    init(_ graph: OnnxGraph) {
        constants = graph.constants
        // ONNX requires topological order, and the convolutions form a single chain of dependencies.
        for node in graph.nodes { visit(node) }
    }

    private mutating func visit(_ node: OnnxGraph.Node) {
        guard let output = node.outputs.first else { return }
        switch node.operation {
        case "Conv": addLayer(node, output)
        case "Identity", "Unsqueeze", "Reshape", "Cast", "InstanceNormalization": passOn(node, output)
        case "GroupNormalization": setNorm(node, output)
        case "Mul": follow(node, output, \.scale)
        case "Add": follow(node, output, \.shift)
        default: break
        }
    }

    /// A node that passes its input on, unchanged or normalized (the engine normalizes by itself).
    private mutating func passOn(_ node: OnnxGraph.Node, _ output: String) {
        guard let input = node.inputs.first else { return }
        origin[output] = origin[input]
        let name = aliases[input] ?? input
        if constants[name] != nil { aliases[output] = name }
    }

    private mutating func addLayer(_ node: OnnxGraph.Node, _ output: String) {
        guard node.inputs.count >= 2, let weight = constant(node.inputs[1]) else { return }
        layers.append(Layer(weight: weight, bias: node.inputs.count > 2 ? constant(node.inputs[2]) : nil))
        origin[output] = layers.count - 1
    }

    private mutating func setNorm(_ node: OnnxGraph.Node, _ output: String) {
        guard node.inputs.count == 3, let layer = origin[node.inputs[0]] else { return }
        layers[layer].scale = constant(node.inputs[1])
        layers[layer].shift = constant(node.inputs[2])
        origin[output] = layer
    }

    /// A product or sum with a constant is half of a norm; one of two computed values is a residual, and ends the layer.
    private mutating func follow(_ node: OnnxGraph.Node, _ output: String, _ member: WritableKeyPath<Layer, OnnxTensor?>) {
        guard node.inputs.count == 2 else { return }
        for (value, other) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
            guard let layer = origin[value], let tensor = constant(other), layers[layer][keyPath: member] == nil else { continue }
            layers[layer][keyPath: member] = tensor
            origin[output] = layer
            return
        }
    }

    private func constant(_ name: String) -> OnnxTensor? {
        let tensor = constants[name] ?? aliases[name].flatMap { constants[$0] }
        return tensor.flatMap { $0.isFloatingPoint ? $0 : nil }
    }
}
