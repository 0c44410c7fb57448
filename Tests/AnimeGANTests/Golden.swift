import AnimeGAN
import Checkpoints
import Foundation

/// PyTorch's answers under `Tests/Golden/data` (made by `make_golden.py`).
enum Golden {
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// One picture in one convention.
    struct Case: Sendable, CustomStringConvertible {
        let convention: BilinearConvention
        let height: Int
        let width: Int

        var description: String { "\(convention.rawValue) \(height)×\(width)" }

        private var folder: URL { root.appending(path: "Tests/Golden/data/\(convention.rawValue)/\(height)x\(width)") }

        func array(_ name: String) throws -> NumpyArray { try NumpyArray(reading: folder.appending(path: "\(name).npy").path) }

        /// The network's input, bytes b as b/127.5 − 1, `[3][H][W]`.
        func input() throws -> [Float] { try array("input").values.map { $0 / 127.5 - 1 } }

        /// The input's bytes, interleaved.
        func bytes() throws -> [UInt8] {
            let planar = try array("input").values, area = height * width
            return (0..<area * 3).map { UInt8(planar[$0 % 3 * area + $0 / 3]) }
        }
    }

    static let cases: [Case] = BilinearConvention.allCases.flatMap { convention in
        [(16, 16), (64, 48), (97, 131), (256, 256)].map { Case(convention: convention, height: $0.0, width: $0.1) }
    }

    /// The weights that the answers were made with. They are the tests' own, so that another default style needs no new answers.
    static func weights() throws -> Weights {
        try CheckpointReader.read(root.appending(path: "Tests/Golden/data/weights.safetensors").path).weights
    }

    /// The elements of a large activation that a golden file holds: `k · 2654435761 mod count` for k in 0..<4096.
    static func sample(_ values: [Float]) -> [Float] {
        (0..<4096).map { values[Int(UInt64($0) &* 2_654_435_761 % UInt64(values.count))] }
    }
}

/// The largest difference between two arrays of one length.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    precondition(a.count == b.count)
    return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
