import AnimeGAN
import Testing

@Suite struct MemoryPlanTests {
    private struct Buffer {
        let count: Int
        let first: Int
        let last: Int
    }

    @Test(arguments: 0..<40)
    func `buffers that live together never share memory, and all lie in the arena`(_ seed: UInt64) {
        var random = RandomSource(seed: seed)
        let buffers = (0..<Int.random(in: 1...30, using: &random)).map { index -> Buffer in
            let length = Int.random(in: 0...(index % 7 == 0 ? 20 : 2), using: &random)
            return Buffer(count: Int.random(in: 1...5000, using: &random), first: index, last: index + length)
        }
        let plan = MemoryPlan(buffers.map { .init(count: $0.count, first: $0.first, last: $0.last) })
        for (i, a) in buffers.enumerated() {
            #expect(plan.offsets[i] >= 0 && plan.offsets[i] % 16 == 0 && plan.offsets[i] + a.count <= plan.count)
            for (j, b) in buffers.enumerated() where j < i && a.first <= b.last && b.first <= a.last {
                #expect(plan.offsets[i] + a.count <= plan.offsets[j] || plan.offsets[j] + b.count <= plan.offsets[i])
            }
        }
    }

    @Test func `a chain of equal buffers needs the room of two`() {
        let plan = MemoryPlan((0..<20).map { .init(count: 1600, first: $0, last: $0 + 1) })
        #expect(plan.count == 3200)
    }

    @Test func `a place that is given is kept and avoided`() {
        let plan = MemoryPlan([
            .init(count: 160, first: 0, last: 3, offset: 320), .init(count: 320, first: 0, last: 1),
            .init(count: 320, first: 2, last: 3),
        ])
        #expect(plan.offsets == [320, 0, 0])
        #expect(plan.count == 480)
    }

    @Test(arguments: [(256, 256), (512, 512), (1024, 1024), (1024, 768), (333, 500)])
    func `a run takes little more than 320 bytes a pixel`(_ size: (Int, Int)) throws {
        let generator = try Generator(weights: .random(seed: 1), convention: .halfPixel)
        let bytes = try generator.plan(height: size.0, width: size.1).bytes(threads: 0)
        #expect(bytes < size.0 * size.1 * 336 + 2 << 20)
    }
}
