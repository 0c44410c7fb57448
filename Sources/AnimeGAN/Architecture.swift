/// The AnimeGANv2 generator's parameters, under the names of the public PyTorch checkpoints
/// (bryandlee/animegan2-pytorch, `model.py`): 2,143,552 numbers.
package enum Architecture {
    /// One parameter tensor: its name in the checkpoint and the shape it must have.
    package struct Parameter: Sendable, Equatable {
        /// The name in the checkpoint.
        package let name: String
        /// Extents, outermost first.
        package let shape: [Int]
        /// How many numbers it holds.
        package var count: Int { shape.reduce(1, *) }
    }

    /// The fewest pixels on a side for which the generator is defined.
    package static let minimumSide = 16

    /// Every parameter, in the order of PyTorch's `state_dict`.
    package static let parameters: [Parameter] = {
        var list: [Parameter] = []

        func norm(_ prefix: String, _ channels: Int) {
            list.append(Parameter(name: "\(prefix).weight", shape: [channels]))
            list.append(Parameter(name: "\(prefix).bias", shape: [channels]))
        }
        // ConvNormLReLU is Sequential(ReflectionPad2d, Conv2d, GroupNorm, LeakyReLU): members 1 and 2 hold numbers.
        func convNorm(_ prefix: String, _ input: Int, _ output: Int, kernel: Int) {
            list.append(Parameter(name: "\(prefix).1.weight", shape: [output, input, kernel, kernel]))
            norm("\(prefix).2", output)
        }
        func depthwise(_ prefix: String, _ channels: Int) {
            list.append(Parameter(name: "\(prefix).1.weight", shape: [channels, 1, 3, 3]))
            list.append(Parameter(name: "\(prefix).1.bias", shape: [channels]))
            norm("\(prefix).2", channels)
        }
        func invertedResidual(_ prefix: String, _ input: Int, _ output: Int) {
            let expanded = 2 * input
            convNorm("\(prefix).layers.0", input, expanded, kernel: 1)
            depthwise("\(prefix).layers.1", expanded)
            list.append(Parameter(name: "\(prefix).layers.2.weight", shape: [output, expanded, 1, 1]))
            norm("\(prefix).layers.3", output)
        }

        convNorm("block_a.0", 3, 32, kernel: 7)
        convNorm("block_a.1", 32, 64, kernel: 3)
        convNorm("block_a.2", 64, 64, kernel: 3)
        convNorm("block_b.0", 64, 128, kernel: 3)
        convNorm("block_b.1", 128, 128, kernel: 3)
        convNorm("block_c.0", 128, 128, kernel: 3)
        invertedResidual("block_c.1", 128, 256)
        for block in 2...4 { invertedResidual("block_c.\(block)", 256, 256) }
        convNorm("block_c.5", 256, 128, kernel: 3)
        convNorm("block_d.0", 128, 128, kernel: 3)
        convNorm("block_d.1", 128, 128, kernel: 3)
        convNorm("block_e.0", 128, 64, kernel: 3)
        convNorm("block_e.1", 64, 64, kernel: 3)
        convNorm("block_e.2", 64, 32, kernel: 7)
        list.append(Parameter(name: "out_layer.0.weight", shape: [3, 32, 1, 1]))
        return list
    }()
}

/// How the generator's two bilinear upsamplings place their samples. Published checkpoints were trained with either.
public enum BilinearConvention: String, Sendable, Codable, CaseIterable {
    /// PyTorch's `interpolate(size:, align_corners=True)`: corner pixels' centres coincide (the torch.hub entry).
    case alignCorners = "align_corners"
    /// PyTorch's `interpolate(align_corners=False)`: pixel edges coincide, samples clamp at the border.
    case halfPixel = "half_pixel"
}
