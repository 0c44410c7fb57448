import AnimeGAN
import CKernels
import Foundation

/// The generator by its definition, in double precision, over the plain reference kernels.
struct ReferenceNetwork {
    /// A planar activation `[channels][height][width]`.
    struct Planar {
        let channels: Int
        let height: Int
        let width: Int
        var values: [Double]
    }

    let weights: Weights
    let convention: BilinearConvention
    /// Each layer's normalised and activated output, by the layer's name.
    private(set) var activations: [String: [Float]] = [:]

    init(weights: Weights, convention: BilinearConvention) {
        self.weights = weights
        self.convention = convention
    }

    /// Runs on `[3][height][width]`.
    mutating func run(_ input: [Float], height: Int, width: Int) -> [Float] {
        var x = Planar(channels: 3, height: height, width: width, values: input.map(Double.init))
        x = layer("block_a.0", x, kernel: 7, before: 3)
        x = layer("block_a.1", x, kernel: 3, stride: 2, before: 0)
        x = layer("block_a.2", x, kernel: 3, before: 1)
        let half = (x.height, x.width)
        x = layer("block_b.0", x, kernel: 3, stride: 2, before: 0)
        x = layer("block_b.1", x, kernel: 3, before: 1)
        x = layer("block_c.0", x, kernel: 3, before: 1)
        for block in 1...4 { x = invertedResidual("block_c.\(block)", x) }
        x = layer("block_c.5", x, kernel: 3, before: 1)
        x = layer("block_d.0", resize(x, half), kernel: 3, before: 1)
        x = layer("block_d.1", x, kernel: 3, before: 1)
        x = layer("block_e.0", resize(x, (height, width)), kernel: 3, before: 1)
        x = layer("block_e.1", x, kernel: 3, before: 1)
        x = layer("block_e.2", x, kernel: 7, before: 3)
        return convolve(x, "out_layer.0.weight", kernel: 1).values.map { Float(tanh($0)) }
    }

    private mutating func layer(
        _ name: String, _ x: Planar, kernel: Int, stride: Int = 1, before: Int, depthwise: Bool = false
    ) -> Planar {
        var y = convolve(
            x, "\(name).1.weight", kernel: kernel, stride: stride, before: before, bias: depthwise ? "\(name).1.bias" : nil,
            groups: depthwise ? x.channels : 1)
        normalise(&y, "\(name).2", slope: 0.2)
        activations[name] = y.values.map(Float.init)
        return y
    }

    private mutating func invertedResidual(_ name: String, _ x: Planar) -> Planar {
        var y = layer("\(name).layers.0", x, kernel: 1, before: 0)
        y = layer("\(name).layers.1", y, kernel: 3, before: 1, depthwise: true)
        y = convolve(y, "\(name).layers.2.weight", kernel: 1)
        normalise(&y, "\(name).layers.3", slope: 1)
        if x.channels == y.channels { for i in y.values.indices { y.values[i] += x.values[i] } }
        return y
    }

    private func convolve(
        _ x: Planar, _ name: String, kernel: Int, stride: Int = 1, before: Int = 0, bias: String? = nil, groups: Int = 1
    ) -> Planar {
        let weight = weights[name], channels = weight.shape[0]
        let height = x.height / stride, width = x.width / stride
        var y = Planar(
            channels: channels, height: height, width: width, values: [Double](repeating: 0, count: channels * height * width))
        sk_reference_convolution(
            x.values, Int32(x.channels), Int32(x.height), Int32(x.width), weight.values, bias.map { weights[$0].values },
            Int32(channels),
            Int32(height), Int32(width), Int32(kernel), Int32(stride), Int32(before), Int32(groups), &y.values)
        return y
    }

    private func normalise(_ x: inout Planar, _ name: String, slope: Double) {
        sk_reference_normalise(
            &x.values, Int32(x.channels), Int64(x.height * x.width), weights["\(name).weight"].values,
            weights["\(name).bias"].values, slope)
    }

    private func resize(_ x: Planar, _ size: (height: Int, width: Int)) -> Planar {
        var y = Planar(
            channels: x.channels, height: size.height, width: size.width,
            values: [Double](repeating: 0, count: x.channels * size.height * size.width))
        sk_reference_resize(
            x.values, Int32(x.channels), Int32(x.height), Int32(x.width), Int32(size.height), Int32(size.width),
            convention == .alignCorners, &y.values)
        return y
    }
}
