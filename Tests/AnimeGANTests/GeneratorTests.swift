import AnimeGAN
import Testing

/// What the generator promises beside its numbers.
@Suite struct GeneratorTests {
    @Test func `the picture is the same bit for bit with any number of threads`() async throws {
        let generator = try Generator(weights: .random(seed: 1), convention: .halfPixel)
        var random = RandomSource(seed: 2)
        let input = random.values(3 * 50 * 70)
        var pictures: [[Float]] = []
        for threads in [1, 2, 5] {
            pictures.append(
                try await ComputePool(threads: threads).run { try generator.run(planar: input, width: 70, height: 50, team: $0) })
        }
        #expect(pictures[1] == pictures[0] && pictures[2] == pictures[0])
    }

    @Test func `many runs at once give what one gives`() async throws {
        let generator = try Generator(weights: .random(seed: 3), convention: .alignCorners), pool = ComputePool(threads: 3)
        var random = RandomSource(seed: 4)
        let inputs = (0..<3).map { _ in random.values(3 * 33 * 47) }
        var alone: [[Float]] = []
        for input in inputs {
            alone.append(try await generator.run(planar: input, width: 47, height: 33, on: pool))
        }
        try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
            for index in 0..<12 {
                group.addTask { (index, try await generator.run(planar: inputs[index % 3], width: 47, height: 33, on: pool)) }
            }
            for try await (index, picture) in group { #expect(picture == alone[index % 3]) }
        }
    }

    @Test(arguments: [(15, 64), (64, 15), (0, 0), (1 << 20, 1 << 20), (Int.max, 16)])
    func `sizes out of range are refused`(_ size: (Int, Int)) throws {
        let generator = try Generator(weights: .random(seed: 5), convention: .halfPixel)
        #expect(throws: EngineError.self) { try generator.plan(height: size.0, width: size.1) }
    }

    @Test func `an input of the wrong length is refused`() async throws {
        let generator = try Generator(weights: .random(seed: 5), convention: .halfPixel)
        await #expect(throws: EngineError.wrongInput(expected: 3072, found: 5)) {
            _ = try await generator.run(planar: [1, 2, 3, 4, 5], width: 32, height: 32, on: ComputePool(threads: 1))
        }
        await #expect(throws: EngineError.wrongInput(expected: 3072, found: 0)) {
            _ = try await generator.run(rgb: [], width: 32, height: 32, on: ComputePool(threads: 1))
        }
    }

    @Test func `a cancelled run ends between layers`() async throws {
        let generator = try Generator(weights: .random(seed: 6), convention: .halfPixel), pool = ComputePool(threads: 2)
        let (reached, reach) = AsyncStream.makeStream(of: Void.self)
        let go = Gate()
        let task = Task {
            try await pool.run { team in
                var layers = 0
                _ = try generator.run(
                    planar: [Float](repeating: 0, count: 3 * 64 * 64), width: 64, height: 64, team: team,
                    onLayer: { _ in
                        layers += 1
                        if layers == 3 {
                            reach.yield()
                            go.wait()
                        }
                        #expect(layers <= 3)
                    })
            }
        }
        for await _ in reached { break }
        task.cancel()
        go.open()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `weights that are missing, mis-shaped, not finite or unknown are named`() throws {
        let good = try Weights.random(seed: 7).inOrder
        var tensors = Dictionary(uniqueKeysWithValues: good.map { ($0.name, $0.tensor) })
        let name = "block_c.2.layers.1.1.bias"
        tensors[name] = nil
        #expect(throws: WeightsError.missing(name: name, shape: [512])) { try Weights(tensors) }
        tensors[name] = Tensor(shape: [2], values: [0, 0])
        #expect(throws: WeightsError.shape(name: name, expected: [512], found: [2])) { try Weights(tensors) }
        tensors[name] = Tensor(shape: [512], values: [Float](repeating: 0, count: 511) + [.nan])
        #expect(throws: WeightsError.notFinite(name: name, index: 511)) { try Weights(tensors) }
        tensors[name] = Tensor(shape: [512], values: [Float](repeating: 0, count: 512))
        tensors["fc.weight"] = Tensor(shape: [1], values: [0])
        #expect(throws: WeightsError.unexpected(name: "fc.weight")) { try Weights(tensors) }
    }

    @Test func `the architecture has 2,143,552 parameters`() {
        #expect(Architecture.parameters.reduce(0) { $0 + $1.count } == 2_143_552)
    }
}
