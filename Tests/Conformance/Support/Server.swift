import Foundation

/// A running `sakuga serve` on a free port.
final class Server: Sendable {
    /// Arguments that let a request be answered with its picture on any machine: one that is expected to take longer is queued.
    static let longMaxWait = ["--max-wait", "600s"]

    /// The address, without a slash at its end.
    let base: String
    /// The address of the console's page, where `--admin` is given.
    let console: String?
    let process: Process

    /// Starts the server and returns when it is ready.
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

    /// The first lines of the output; read on a thread outside the cooperative pool, since reading blocks.
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

    /// Sends SIGTERM and returns the exit code.
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
