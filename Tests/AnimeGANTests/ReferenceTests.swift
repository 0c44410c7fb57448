import AnimeGAN
import Testing

/// Every layer against its definition in double precision, with random weights on awkward sizes: smaller than a tile, exact
/// multiples, one more, one less, odd, long and thin.
@Suite struct ReferenceTests {
    struct Size: Sendable, CustomTestStringConvertible {
        let height: Int
        let width: Int
        let convention: BilinearConvention
        var testDescription: String { "\(height)×\(width) \(convention.rawValue)" }
    }

    static let sizes: [Size] = [
        Size(height: 16, width: 16, convention: .halfPixel), Size(height: 17, width: 31, convention: .alignCorners),
        Size(height: 24, width: 40, convention: .alignCorners), Size(height: 30, width: 20, convention: .halfPixel),
        Size(height: 16, width: 121, convention: .halfPixel), Size(height: 67, width: 19, convention: .alignCorners),
    ]

    @Test(arguments: sizes)
    func `every layer agrees with the definition`(_ size: Size) async throws {
        var random = RandomSource(seed: UInt64(size.height * 1000 + size.width))
        let weights = try Weights.random(seed: random.next()), input = random.values(3 * size.height * size.width)
        var reference = ReferenceNetwork(weights: weights, convention: size.convention)
        let expected = reference.run(input, height: size.height, width: size.width)
        for kernels in KernelSet.all {
            let generator = try Generator(weights: weights, convention: size.convention, kernels: kernels)
            let found = try await ComputePool(threads: 2).run { team in
                var layers: [(String, [Float])] = []
                let output = try generator.run(
                    planar: input, width: size.width, height: size.height, team: team,
                    onActivation: { layers.append(($0, $1)) })
                return (layers: layers, output: output)
            }
            for (name, values) in found.layers {
                guard let layer = reference.activations[name] else { continue }
                #expect(largestDifference(values, layer) <= 2e-4, "\(kernels.name) \(name)")
            }
            #expect(found.layers.count == 24)
            #expect(largestDifference(found.output, expected) <= 1e-4, "\(kernels.name) output")
        }
    }
}
