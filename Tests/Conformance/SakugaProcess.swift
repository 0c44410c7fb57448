import Foundation
import Testing

/// The program under test: the one that was built, or what the environment variable `SAKUGA` names.
enum Program {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let sakuga = environment("SAKUGA") ?? root.appending(path: ".build/release/sakuga").path
    /// A Python with Tests/Conformance/requirements.txt installed (`scripts/test` makes it).
    static let python = environment("SAKUGA_TEST_PYTHON") ?? root.appending(path: ".venv-tests/bin/python").path
    /// A photo with free licence.
    static let photo = root.appending(path: "Tests/Conformance/photo.jpg").path

    private static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What a finished program left.
    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Runs a program to its end.
    static func run(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], in folder: URL? = nil
    ) async throws -> Outcome {
        let process = Process(), folderForOutput = try TemporaryFolder()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = folder
        // To files: a pipe that nobody reads blocks its writer.
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

/// A folder that goes when its owner does.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "sakuga-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }
}

/// A running `sakuga serve` on a free port.
final class Server: Sendable {
    let base: String
    /// The console's page, if there is one.
    let console: String?
    let process: Process

    /// Starts it and returns when it is ready.
    init(_ arguments: [String] = []) async throws {
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: Program.sakuga)
        process.arguments = ["serve", "--port", "0"] + arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
        let hasConsole = arguments.contains("--admin")
        let lines = await Self.lines(hasConsole ? 2 : 1, of: output.fileHandleForReading)
        base = try Self.address(in: lines, after: "listens on ")
        console = hasConsole ? try Self.address(in: lines, after: "console is at ") : nil
        try await untilReady()
    }

    deinit { if process.isRunning { process.terminate() } }

    /// Reads so many lines; on a thread of its own, since reading blocks.
    private static func lines(_ count: Int, of output: FileHandle) async -> [Substring] {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var text = ""
                while text.count(where: { $0 == "\n" }) < count, case let data = output.availableData, !data.isEmpty {
                    text += String(decoding: data, as: UTF8.self)
                }
                continuation.resume(returning: text.split(separator: "\n"))
            }
        }
    }

    private static func address(in lines: [Substring], after words: String) throws -> String {
        for line in lines {
            if let found = line.range(of: words) { return line[found.upperBound...].trimmingCharacters(in: .whitespaces) }
        }
        throw Failure("sakuga serve ended without saying where it listens")
    }

    private func untilReady() async throws {
        for _ in 0..<2_400 {
            if try await HTTP.get("\(base)/health/ready").status == 200 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("sakuga serve did not become ready")
    }

    /// Resident memory in bytes.
    var residentMemory: Int {
        get throws {
            let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
            guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
                let kilobytes = Int(line.filter(\.isNumber))
            else { throw Failure("no resident memory in /proc") }
            return kilobytes * 1024
        }
    }

    /// Asks it to stop and returns its exit status.
    func stop() async -> Int32 {
        process.terminate()
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [process] in
                process.waitUntilExit()
                continuation.resume(returning: process.terminationStatus)
            }
        }
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
