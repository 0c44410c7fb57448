import AnimeGAN
import Checkpoints
import Testing

/// Valid files, truncated and changed at random positions with a fixed seed: each must be read or rejected without a crash.
@Suite struct MutationTests {
    @Test(arguments: ["torch-small.pt", "legacy-small.pth", "malicious.pt", "whole-model.pt", "scripted.pt"])
    func `thousands of changes to small files cause no crash`(name: String) throws {
        let original = try Fixture.bytes(name)
        var random = SeededGenerator(state: 1)
        for _ in 0..<3000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            _ = try? CheckpointReader.read(bytes: bytes)
        }
    }

    /// The part of each file that describes the tensors: a changed bit in the numbers is only another number.
    @Test(arguments: [
        ("torch-half.pt", 0..<12_000), ("torch-legacy.pth", 0..<12_000), ("export-folded.onnx", 0..<25_000),
    ])
    func `changes to the descriptions of tensors cause no crash`(name: String, described: Range<Int>) throws {
        let original = try Fixture.bytes(name)
        var random = SeededGenerator(state: 2)
        for round in 0..<60 {
            var bytes = original
            bytes[Int.random(in: described, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
            if round.isMultiple(of: 3) { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random)) }
            _ = try? CheckpointReader.read(bytes: bytes)
        }
    }

    @Test func `a truncated safetensors file is rejected`() throws {
        let original = try SafetensorsWriter.encode(Fixture.weights(), precision: .float16, convention: .halfPixel)
        var random = SeededGenerator(state: 3)
        for _ in 0..<40 {
            let count = Int.random(in: 0..<original.count, using: &random)
            #expect(throws: CheckpointError.self) { try CheckpointReader.read(bytes: Array(original[..<count])) }
        }
    }

    @Test func `changes to a safetensors header cause no crash`() throws {
        let original = try SafetensorsWriter.encode(Fixture.weights(), precision: .float16, convention: .halfPixel)
        var random = SeededGenerator(state: 4)
        for _ in 0..<60 {
            var bytes = original
            bytes[Int.random(in: 0..<7000, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = try? CheckpointReader.read(bytes: bytes)
        }
    }
}
