import Foundation
import Testing

/// `sakuga loadtest` as people run it, against the real service, a server with known delays, and servers that misbehave.
@Suite(.timeLimit(.minutes(10))) struct LoadTestTests {
    @Test func `a step test of the real service leaves a report, and its objectives decide the exit code`() async throws {
        let server = try await Server(["--cache", "0", "--size", "128"] + Server.longMaxWait), folder = try TemporaryFolder()
        let run = try await LoadTestRun(
            [
                server.base, "--image", Program.photo, "--steps", "1,2", "--step-time", "5s", "--drop", "1s", "--wait", "none",
                "--slo", "p95=60s,errors=1%", "--pid", "\(server.process.processIdentifier)", "--metrics",
                "\(server.base)/metrics",
                "--max-side", "256", "--quality", "75",
            ], report: folder.path("report"))
        run.expectCodeThatFollows()
        let summary = run.summary, steps = run.steps
        #expect(!run.verdicts.contains("failed"))
        #expect(steps.compactMap { $0["users"] as? Int } == [1, 2])
        for step in steps {
            #expect((step["counts"] as? [String: Any])?["failed"] as? Int == 0)
            #expect((step["throughput"] as? Double).map { $0 > 0 } == true)
            let resources = try #require(step["resources"] as? [String: Any])
            #expect(resources["cpu_percent"] != nil && resources["resident_bytes"] != nil && resources["queue_length"] != nil)
        }
        let payload = try #require(summary["payload"] as? [String: Any])
        let original = try #require(payload["original_mean_bytes"] as? Double)
        let sent = try #require(payload["mean_bytes"] as? Double)
        #expect(original > sent)
        for name in ["report.html", "sakuga_stats.csv", "latency.hlog", "junit.xml"] {
            #expect(FileManager.default.fileExists(atPath: folder.path("report/\(name)")), "\(name)")
        }

        let missed = try await LoadTestRun([
            server.base, "--image", Program.photo, "--users", "1", "--duration", "4s", "--drop", "1s", "--wait", "none", "--slo",
            "p50=1us",
        ])
        missed.expectCodeThatFollows()
        #expect(missed.verdicts == ["failed"])
    }

    @Test func `pictures that differ are made anew each time, jobs are followed, and the other APIs work as well`() async throws {
        let server = try await Server(["--size", "128"] + Server.longMaxWait)
        for arguments in [
            ["--api", "rest", "--unique", "--expect", "128"], ["--api", "jobs", "--follow"], ["--api", "rest", "--multipart"],
        ] {
            let run = try await LoadTestRun(
                [server.base, "--users", "2", "--duration", "4s", "--drop", "1s", "--wait", "0.1s", "--slo", "errors=0%"]
                    + arguments)
            run.expectCodeThatFollows()
            #expect(run.verdicts == ["passed"], "\(arguments): \(run.outcome.output)")
        }
    }

    @Test func `the times of a server with known delays are told as they are`() async throws {
        let server = try Script("delay_server.py")
        let run = try await LoadTestRun([
            server.base + "/x", "--method", "POST", "--body", "hello", "--users", "10", "--wait", "none", "--duration", "8s",
            "--drop", "0s",
        ])
        run.expectCodeThatFollows()
        let told = try await Self.told(by: server), isQuiet = run.isValid && Self.isPunctual(told)
        let step = try #require(run.steps.first), service = try #require(step["service"] as? [String: Any])
        // What is measured can't be less than what was served; answers that came after the end, maybe late ones, are told by the server
        // alone. It may be more where processes wait for their turn: then nothing is known of how much, and this test is about figures
        // and not about the machine.
        let took = told.prefix(try #require(service["count"] as? Int))
        try #require(!took.isEmpty)
        let slack = isQuiet ? (factor: 1.25, seconds: 0.015) : (factor: 1, seconds: 60)
        let mean = try #require(service["mean"] as? Double), served = took.reduce(0, +) / Double(took.count) / 1e6
        #expect(mean > served - 0.001 && mean < served * slack.factor + slack.seconds, "measured \(mean) s, served \(served) s")
        for row in try #require(service["percentiles"] as? [[String: Any]]) {
            guard let percent = row["percent"] as? Double, [50, 80, 95].contains(percent), let seconds = row["seconds"] as? Double
            else { continue }
            let known = took[max(0, Int((Double(took.count) * percent / 100).rounded(.up)) - 1)] / 1e6
            #expect(
                seconds > known * 0.99 - 0.002 && seconds < known * slack.factor + slack.seconds,
                "P\(percent): measured \(seconds) s, served \(known) s")
        }
        let little = try #require(step["little"] as? [String: Any])
        // Users whose requests hung when time was up are missing from the count.
        #expect(little["is_consistent"] as? Bool == true || !isQuiet)
    }

    @Test func `Locust measures the same of the same load, and its files and ours have one form`() async throws {
        let server = try Script("delay_server.py"), folder = try TemporaryFolder()
        let file = Program.root.appending(path: "Tests/Conformance/loadtest/locustfile.py").path
        let locust = try await Program.run(
            Program.python,
            [
                "-m", "locust", "--locustfile", file, "--host", server.base, "--headless", "--users", "5", "--spawn-rate", "5",
                "--run-time", "10s", "--csv", folder.path("locust"), "--only-summary",
            ], in: folder.url)
        #expect(locust.status == 0, "\(locust.output)\n\(locust.errors)")
        let theirs = try await Self.told(by: server)
        try Data(Self.sameLoad.utf8).write(to: folder.url.appending(path: "same.yaml"))
        let own = try await LoadTestRun(
            [
                server.base, "--scenario", folder.path("same.yaml"), "--users", "5", "--duration", "10s", "--drop", "1s",
                "--wait",
                "0.1s",
            ], report: folder.path("report"))
        own.expectCodeThatFollows()
        let ours = try await Self.told(by: server), counts = [theirs.count, ours.count].sorted()
        // On a quiet machine they agree within 3 %. On one where the server is late, or where one of the two could not ask as often as the
        // other, each is late in its own way, and only the files' form is compared.
        let isQuiet = own.isValid && Self.isPunctual(theirs) && Self.isPunctual(ours) && counts[0] * 100 >= counts[1] * 85
        let script = Program.root.appending(path: "Tests/Conformance/loadtest/compare_csv.py").path
        let compared = try await Program.run(
            Program.python,
            [script, folder.path("locust"), folder.path("report")] + (isQuiet ? ["30", "25"] : ["1000", "60000"]))
        #expect(compared.status == 0, "\(compared.output)\n\(compared.errors)")
    }

    private static let sameLoad = """
        requests:
          - name: /api/predict/
            path: /api/predict/
            json: {data: ["\(String(repeating: "x", count: 1000))"]}
            checks: {json: {data: nonempty}}
        """

    @Test func `the search ends with a load that holds`() async throws {
        let server = try Script("delay_server.py")
        let run = try await LoadTestRun([
            server.base, "--get", "--find-max", "--users", "1", "--wait", "0.5s", "--step-time", "3s", "--drop", "1s",
            "--repeats", "1",
            "--precision", "50", "--slo", "qps=5",
        ])
        // With half a second of wait one user can't ask five times a second, so nothing holds below three: the search halves to its floor.
        run.expectCodeThatFollows()
        let search = try #require(run.summary["search"] as? [String: Any])
        #expect(search["outcome"] as? String == "nothing holds" && search["highest_passing"] == nil)
        #expect(run.outcome.output.contains("objectives"), "\(run.outcome.output)")
    }

    @Test func `results of two generators become one`() async throws {
        let server = try Script("delay_server.py"), folder = try TemporaryFolder()
        async let first = Self.loadtest([
            server.base, "--get", "--users", "2", "--duration", "4s", "--drop", "0s", "--wait", "none", "--report",
            folder.path("a"),
        ])
        async let second = Self.loadtest([
            server.base, "--get", "--users", "3", "--duration", "4s", "--drop", "0s", "--wait", "none", "--report",
            folder.path("b"),
        ])
        for (outcome, name) in zip(try await [first, second], ["a", "b"]) {
            try LoadTestRun(outcome, report: folder.path(name)).expectCodeThatFollows()
        }
        let merged = try await Program.run(
            Program.sakuga, ["loadtest", "merge", folder.path("a"), folder.path("b"), "--report", folder.path("all")])
        try LoadTestRun(merged, report: folder.path("all")).expectCodeThatFollows()
        func count(_ name: String) throws -> Int {
            let steps = try #require(try Self.summary(folder.path(name))["steps"] as? [[String: Any]])
            return try #require((steps.first?["counts"] as? [String: Any])?["succeeded"] as? Int)
        }
        let counts = [try count("all"), try count("a"), try count("b")]
        #expect(counts[0] == counts[1] + counts[2])
        let steps = try #require(try Self.summary(folder.path("all"))["steps"] as? [[String: Any]])
        #expect(steps.compactMap { $0["users"] as? Int } == [5])
    }

    @Test func `Ctrl-C ends a test with a full report`() async throws {
        let server = try Script("delay_server.py"), folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = URL(filePath: Program.sakuga)
        process.arguments = [
            "loadtest", server.base, "--get", "--users", "2", "--duration", "10m", "--drop", "0s", "--wait", "0.1s", "--report",
            folder.path("report"),
        ]
        let errors = Pipe()
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        // That it measures is seen at the server.
        var answers = 0
        while answers < 20, process.isRunning {
            answers += try await Self.told(by: server).count
            try await Task.sleep(for: .milliseconds(50))
        }
        process.interrupt()
        let status = await Self.status(of: process)
        #expect(status == 130)
        let steps = try #require(try Self.summary(folder.path("report"))["steps"] as? [[String: Any]])
        #expect(steps.count == 1)
    }
}

// MARK: Bad input

extension LoadTestTests {
    @Test func `an address where nobody is, and a certificate that nobody vouches for, end with a code of their own`()
        async throws
    {
        let nobody = try await Self.loadtest(["http://127.0.0.1:1", "--get", "--duration", "3s"])
        #expect(nobody.status == 3, "\(nobody.errors)")
        #expect(nobody.errors.contains("http://127.0.0.1:1 cannot be reached"))

        let folder = try TemporaryFolder()
        let made = try await Program.run(
            "/usr/bin/env",
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout",
                folder.path("key.pem"), "-out", folder.path("cert.pem"),
            ])
        #expect(made.status == 0, "\(made.errors)")
        let server = try Script("bad_server.py", "tls", folder.path("cert.pem"), folder.path("key.pem"))
        let address = server.base.replacing("http://", with: "https://")
        let distrusted = try await Self.loadtest([address, "--get", "--duration", "3s"])
        #expect(distrusted.status == 3, "\(distrusted.errors)")
        #expect(distrusted.errors.contains("certificate"), "\(distrusted.errors)")
        let believed = try await LoadTestRun([address, "--get", "--insecure", "--duration", "3s", "--drop", "0s", "--users", "1"])
        believed.expectCodeThatFollows()
        #expect(believed.succeeded > 0)
    }

    @Test(arguments: ["closes", "stalls", "garbage", "endless", "half", "refuses", "empty"])
    func `a server that misbehaves fails the requests, not the test`(_ manner: String) async throws {
        let server = try Script("bad_server.py", manner)
        let run = try await LoadTestRun([
            server.base, "--users", "2", "--wait", "0.2s", "--duration", "3s", "--drop", "0s", "--timeout", "1s", "--max-answer",
            "1MB",
        ])
        run.expectCodeThatFollows()
        #expect(run.succeeded == 0)
        let failures = try #require(run.summary["failures"] as? [[String: Any]])
        #expect(!failures.isEmpty && failures.allSatisfy { ($0["cause"] as? String)?.isEmpty == false })
    }

    @Test(arguments: [
        (["--slo", "p95=fast"], 64, "--slo"), (["--slo", "p101=1s"], 64, "percentile"),
        (["--slo", "errors=200%"], 64, "no more than 100%"),
        (["--users", "0"], 64, "--users"), (["--users", "1", "--rate", "1"], 64, "--users, --steps and --rate"),
        (["--find-max"], 64, "--find-max needs objectives"), (["--wait", "3..1"], 64, "--wait"),
        (["--pid", "999999"], 64, "there is no process 999999"),
        (["--console", "0", "--pid", "999999"], 64, "there is no process 999999"),
        (["--metrics", "the metrics"], 64, "is not an HTTP address"),
        (["--console", "0", "--metrics", "http://"], 64, "has no valid host and port"),
        (["--console", "0", "--metrics", "http://127.0.0.1:1/metrics"], 2, "can't be read"),
        (["--image", "/nowhere.jpg"], 2, "/nowhere.jpg"),
        (["--scenario", "/nowhere.yaml"], 2, "/nowhere.yaml"),
        (["--step-time", "1s", "--steps", "1,2"], 2, "must be left to measure"),
        (["--metrics", "http://127.0.0.1:1/metrics"], 2, "can't be read"), (["ftp://127.0.0.1"], 64, "is not an HTTP address"),
        (["--report", "/proc/nowhere/report"], 4, "/proc/nowhere"),
    ])
    func `what can't be is refused with a sentence before anything is loaded`(
        _ arguments: [String], _ code: Int32, _ words: String
    ) async throws {
        let outcome = try await Self.loadtest(
            (arguments.first?.hasPrefix("ftp") == true ? [] : ["http://127.0.0.1:1"]) + arguments)
        #expect(outcome.status == code, "\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
    }

    @Test func `a scenario's mistake is told with line and column, and a damaged picture by its name`() async throws {
        let folder = try TemporaryFolder()
        try Data("stages:\n  - users: 5\n    fro: 60s\n".utf8).write(to: folder.url.appending(path: "s.yaml"))
        let scenario = try await Self.loadtest(["http://127.0.0.1:1", "--scenario", folder.path("s.yaml")])
        #expect(scenario.status == 2)
        #expect(scenario.errors.contains("s.yaml:3:5: there is no 'fro'"), "\(scenario.errors)")

        let photo = try Data(contentsOf: URL(filePath: Program.photo))
        try photo.prefix(photo.count / 2).write(to: folder.url.appending(path: "half.jpg"))
        let damaged = try await Self.loadtest(["http://127.0.0.1:1", "--image", folder.path("half.jpg")])
        #expect(damaged.status == 2 && damaged.errors.contains("half.jpg"), "\(damaged.errors)")
    }

    @Test func `a disk that takes no more leaves a sentence, and no half report`() async throws {
        let server = try Script("delay_server.py"), folder = try TemporaryFolder()
        // A process that may write files of 16 kB only meets the same errors as one on a full disk.
        let outcome = try await Program.run(
            "/bin/bash",
            [
                "-c", "trap '' XFSZ; ulimit -f 16; exec \"$@\"", "-", Program.sakuga, "loadtest", server.base, "--get", "--users",
                "1", "--wait",
                "none", "--duration", "3s", "--drop", "0s", "--report", folder.path("report"),
            ])
        #expect(outcome.status == 4, "\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.errors.contains(folder.path("report")), "\(outcome.errors)")
        #expect(outcome.output.contains("users"), "\(outcome.output)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("report/summary.json")))
    }

    @Test func `a console on a port that is taken says so`() async throws {
        let server = try Script("delay_server.py"), port = server.base.split(separator: ":").last.map(String.init) ?? ""
        let outcome = try await Self.loadtest([server.base, "--get", "--console", port])
        #expect(outcome.status == 6, "\(outcome.errors)")
        #expect(outcome.errors.contains("cannot listen on 127.0.0.1:\(port)"), "\(outcome.errors)")
    }
}

// MARK: Running

extension LoadTestTests {
    private static func loadtest(_ arguments: [String]) async throws -> Program.Outcome {
        try await Program.run(Program.sakuga, ["loadtest"] + arguments)
    }

    /// How long the server really took for each request since it was asked last, in microseconds, sorted.
    private static func told(by server: Script) async throws -> [Double] {
        let answer = try await HTTP.get("\(server.base)/told")
        return try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [Double]).sorted()
    }

    /// Whether the server itself could keep to its delays (20 ms, and 60 ms at P95) and never stood still: then other processes left time
    /// to all.
    private static func isPunctual(_ took: [Double]) -> Bool {
        took.count >= 20 && took[took.count / 2] < 25_000 && took[took.count * 95 / 100] < 66_000
            && took[took.count - 1] < 500_000
    }

    private static func summary(_ folder: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(filePath: folder).appending(path: "summary.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private static func status(of process: Process) async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                process.waitUntilExit()
                continuation.resume(returning: process.terminationStatus)
            }
        }
    }

    /// One of the servers beside this file; it ends with its owner.
    private final class Script: Sendable {
        let base: String
        private let process: Process
        private let input: Pipe

        init(_ name: String, _ arguments: String...) throws {
            process = Process()
            input = Pipe()
            let output = Pipe()
            process.executableURL = URL(filePath: Program.python)
            process.arguments = [Program.root.appending(path: "Tests/Conformance/loadtest/\(name)").path] + arguments
            process.standardInput = input
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            // The port is the first thing that it writes, in one go.
            let port = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).trimmingCharacters(
                in: .whitespacesAndNewlines)
            guard !port.isEmpty else { throw Failure("\(name) did not start") }
            base = "http://127.0.0.1:\(port)"
        }

        deinit {
            try? input.fileHandleForWriting.close()
            if process.isRunning { process.terminate() }
        }
    }
}
