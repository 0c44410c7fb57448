import Foundation
import Testing

/// Real outside clients against the service.
@Suite(.timeLimit(.minutes(15))) struct ClientTests {
    @Test func `Locust's users get a picture each time`() async throws {
        let server = try await Server(Server.longMaxWait)
        let outcome = try await Program.run(
            "/bin/bash", [Program.file("locust/run.sh"), server.base, Program.photo],
            environment: ["PYTHON": Program.python])
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
    }

    @Test func `the page turns photos into anime pictures in Chromium, over reloads and a full queue`() async throws {
        // Slow and small, so that there is something to wait for.
        let server = try await Server(["--threads", "1", "--cache", "0", "--max-queued", "3"])
        let made = try await Program.run(Program.sakuga, ["keys", "new", "visitor"]), folder = try TemporaryFolder()
        try Data(made.output.utf8).write(to: folder.url.appending(path: "keys.txt"))
        let key = try #require(made.errors.split(whereSeparator: \.isWhitespace).last)
        let keyed = try await Server(["--threads", "1", "--api-keys", folder.path("keys.txt")])
        try await Self.drive("page_test.py", [server.base, Program.photo], [keyed.base, String(key)])
    }

    @Test func `the console shows the service at work in Chromium, drains and resumes it`() async throws {
        let folder = try TemporaryFolder(), token = "a-token-of-this-test"
        try Data(token.utf8).write(to: folder.url.appending(path: "token"))
        let console = ["--admin", "127.0.0.1:0", "--admin-token-file", folder.path("token")]
        let server = try await Server(["--threads", "1", "--cache", "0"] + console + Server.longMaxWait)
        try await Self.drive("console_test.py", [try #require(server.console), server.base, token, Program.photo])
    }

    /// Runs a script that drives Chromium; it saves its screenshots for people to look at.
    private static func drive(_ script: String, _ arguments: [String], _ more: [String] = []) async throws {
        let screenshots = Program.root.appending(path: ".build/screenshots").path
        try FileManager.default.createDirectory(atPath: screenshots, withIntermediateDirectories: true)
        let path = Program.file("browser/\(script)")
        let outcome = try await Program.run(Program.python, [path] + arguments + [screenshots] + more)
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
    }

    @Test func `tritonclient works unmodified`() async throws {
        let server = try await Server(["--cache", "0"] + Server.longMaxWait)
        let outcome = try await Program.run(
            Program.python,
            [Program.file("tritonclient/client_test.py"), server.base, Program.photo])
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
    }

    @Test func `schemathesis finds no undocumented response`() async throws {
        // Small pictures: many requests in its little more than a minute.
        let server = try await Server(["--size", "128", "--max-size", "256"])
        let outcome = try await Program.run(
            "/bin/sh", [Program.file("schemathesis/run"), server.base],
            environment: ["PYTHON": Program.python])
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
        #expect(server.process.isRunning)
    }
}
