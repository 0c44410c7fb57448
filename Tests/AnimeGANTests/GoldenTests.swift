import AnimeGAN
import Checkpoints
import Testing

/// The whole generator against PyTorch, with every instruction set that this processor runs.
@Suite struct GoldenTests {
    struct Configuration: Sendable, CustomTestStringConvertible {
        let kernels: KernelSet
        let golden: Golden.Case

        var testDescription: String { "\(kernels.name) \(golden)" }

        static let all = KernelSet.all.flatMap { kernels in Golden.cases.map { Configuration(kernels: kernels, golden: $0) } }
    }

    @Test(arguments: Configuration.all)
    func `the output agrees with PyTorch to 2e-4`(_ configuration: Configuration) async throws {
        let golden = configuration.golden
        let output = try await run(configuration).output
        let expected = try golden.array("output").values
        #expect(largestDifference(output, expected) <= 2e-4)
    }

    @Test(arguments: Configuration.all)
    func `every block's output agrees with PyTorch`(_ configuration: Configuration) async throws {
        let result = try await run(configuration)
        for (block, layer) in [
            ("block_a", "block_a.2"), ("block_b", "block_b.1"), ("block_c", "block_c.5"), ("block_d", "block_d.1"),
        ] {
            let expected = try configuration.golden.array(block).values
            let found = try #require(result.activations[layer])
            let compared = found.count == expected.count ? found : Golden.sample(found)
            #expect(largestDifference(compared, expected) <= 5e-4, "\(block)")
        }
    }

    @Test(arguments: Configuration.all)
    func `as bytes the picture is PyTorch's`(_ configuration: Configuration) async throws {
        let golden = configuration.golden, height = golden.height, width = golden.width
        let generator = try Generator(
            weights: try Golden.weights(), convention: golden.convention, kernels: configuration.kernels)
        let bytes = try golden.bytes()
        let picture = try await ComputePool(threads: 2).run { team in
            try generator.run(rgb: bytes, width: width, height: height, team: team)
        }
        let expected = try golden.array("output").values, area = height * width
        let differences = picture.indices.map { index in
            let value = expected[index % 3 * area + index / 3] * 127.5 + 127.5
            return abs(Int(picture[index]) - Int(max(0, min(255, value.rounded()))))
        }
        #expect((differences.max() ?? 0) <= 1)
        #expect(differences.count { $0 == 0 } * 1000 >= differences.count * 999)
    }

    private struct Result: Sendable {
        let output: [Float]
        let activations: [String: [Float]]
    }

    private func run(_ configuration: Configuration) async throws -> Result {
        let golden = configuration.golden, input = try golden.input()
        let generator = try Generator(
            weights: try Golden.weights(), convention: golden.convention, kernels: configuration.kernels)
        return try await ComputePool(threads: 2).run { team in
            var activations: [String: [Float]] = [:]
            let output = try generator.run(
                planar: input, width: golden.width, height: golden.height, team: team,
                onActivation: { name, values in activations[name] = values })
            return Result(output: output, activations: activations)
        }
    }
}
