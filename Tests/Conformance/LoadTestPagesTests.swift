import Foundation
import Testing

/// What people look at of a load test, in a real browser: the report and the console.
@Suite(.timeLimit(.minutes(10))) struct LoadTestPagesTests {
    @Test func `a report opens in Chromium from the disk, with charts and, where Chart.js is missing, without`() async throws {
        let server = try await Server(["--cache", "0", "--size", "128"] + Server.longMaxWait), folder = try TemporaryFolder()
        for (name, environment, flags) in [
            ("charts", [:], []), ("plain", ["SAKUGA_CHART_JS": "/nowhere/chart.js"], ["--no-charts"]),
        ] {
            let run = try await LoadTestRun(
                [
                    server.base, "--image", Program.photo, "--steps", "1,2", "--step-time", "4s", "--drop", "1s",
                    "--wait",
                    "none", "--slo", "p95=60s,errors=1%", "--pid", "\(server.process.processIdentifier)", "--headless",
                ], report: folder.path(name), environment: environment)
            run.expectCodeThatFollows()
            try await Self.drive("report_test.py", [folder.path("\(name)/report.html"), Self.screenshots + "/\(name)"] + flags)
        }
    }

    @Test func `the console starts, changes, stops and compares runs in Chromium`() async throws {
        let server = try await Server(["--cache", "0", "--size", "128"] + Server.longMaxWait)
        let console = try await Console([
            server.base, "--image", Program.photo, "--users", "2", "--wait", "0.1s", "--drop", "1s", "--pid",
            "\(server.process.processIdentifier)", "--metrics", "\(server.base)/metrics",
        ])
        try await Self.drive("loadtest_console_test.py", [console.base, server.base, Self.screenshots])
    }

    private static let screenshots = Program.root.appending(path: ".build/screenshots").path

    private static func drive(_ script: String, _ arguments: [String]) async throws {
        let path = Program.root.appending(path: "Tests/Conformance/browser/\(script)").path
        let outcome = try await Program.run(Program.python, [path] + arguments)
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
    }

    /// `sakuga loadtest --console` on a free port.
    private final class Console: Sendable {
        let base: String
        private let process: Process

        init(_ arguments: [String]) async throws {
            let process = Process(), output = Pipe()
            process.executableURL = URL(filePath: Program.sakuga)
            process.arguments = ["loadtest"] + arguments + ["--console", "127.0.0.1:0"]
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            self.process = process
            base = try await Self.address(from: output.fileHandleForReading)
        }

        deinit { if process.isRunning { process.terminate() } }

        /// On a thread of its own, since reading blocks.
        private static func address(from output: FileHandle) async throws -> String {
            let words = "console is at "
            let text = await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    var text = ""
                    while !(text.contains(words) && text.hasSuffix("\n")), case let data = output.availableData, !data.isEmpty {
                        text += String(decoding: data, as: UTF8.self)
                    }
                    continuation.resume(returning: text)
                }
            }
            guard let found = text.range(of: words), let line = text[found.upperBound...].split(separator: "\n").first else {
                throw Failure("sakuga loadtest ended without saying where its console is")
            }
            return String(line)
        }
    }
}
