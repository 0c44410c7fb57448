import Foundation
import Testing

/// The program under test: the one that was built, or what the environment variable `SAKUGA` names.
enum Program {
    /// The repository's folder.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let sakuga = environment("SAKUGA") ?? root.appending(path: ".build/release/sakuga").path
    /// A Python with Tests/Conformance/requirements.txt installed (`scripts/test` makes it).
    static let python = environment("SAKUGA_TEST_PYTHON") ?? root.appending(path: ".venv-tests/bin/python").path
    /// A photo under a free licence.
    static let photo = file("photo.jpg")

    /// The path of a file of this folder.
    static func file(_ name: String) -> String { root.appending(path: "Tests/Conformance/\(name)").path }

    private static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The result of a program that has ended.
    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Runs a program and returns when it has ended.
    ///
    /// - Throws: where it cannot be started. An exit code other than 0 is an outcome.
    static func run(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], in folder: URL? = nil
    ) async throws -> Outcome {
        let process = Process(), folderForOutput = try TemporaryFolder()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = folder
        // To files: a pipe that is not read blocks its writer.
        let output = folderForOutput.url.appending(path: "output"), errors = folderForOutput.url.appending(path: "errors")
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        return Outcome(
            status: process.terminationStatus, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
}

/// A check in Python under Tests/Conformance: one line a promise, exit code 0 where all are kept.
enum Check {
    /// The exit code of a check on a machine without what it needs (root, a C compiler); its output says what is missing.
    private static let skipped: Int32 = 77

    /// Runs the short form of a check of the built program, and expects it to pass or to be skipped.
    static func pass(_ script: String, _ arguments: String...) async throws {
        let outcome = try await Program.run(
            Program.python, [Program.file(script), "--quick", "--sakuga", Program.sakuga] + arguments, in: Program.root)
        print(outcome.output)
        #expect(outcome.status == 0 || outcome.status == skipped, "\(script)\n\(outcome.output)\n\(outcome.errors)")
    }
}

/// A folder that is removed with its owner.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "sakuga-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }
}

/// A test that cannot go on, and why.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
