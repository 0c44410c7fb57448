import AnimeGAN
import Checkpoints
import Foundation

/// The files in `Fixtures/`, made by `make_fixtures.py` there with PyTorch.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    static let shippedModels = folder.appending(path: "../../../Models").standardizedFileURL.path

    static func bytes(_ name: String) throws -> [UInt8] {
        let plain = folder.appending(path: name)
        if FileManager.default.fileExists(atPath: plain.path) { return [UInt8](try Data(contentsOf: plain)) }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", "\(plain.path).gz"]
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
        return [UInt8](data)
    }

    /// The tensors of the files, by the formula in `make_fixtures.py`.
    static let tensors: [String: Tensor] = {
        var result: [String: Tensor] = [:]
        for (index, parameter) in Architecture.parameters.enumerated() {
            let values = (0..<parameter.count).map { Float((31 * $0 + 7 * index) % 61 - 30) / 64 }
            result[parameter.name] = Tensor(shape: parameter.shape, values: values)
        }
        return result
    }()

    static func weights() throws -> Weights { try Weights(tensors) }

    static func equal(_ weights: Weights) -> Bool {
        weights.inOrder.allSatisfy { $0.tensor == tensors[$0.name] }
    }
}

/// A folder for one test, removed with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "sakuga-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ bytes: [UInt8], to name: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }
}
