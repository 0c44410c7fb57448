import Foundation
import Testing

/// Real outside clients against the service.
@Suite(.timeLimit(.minutes(5))) struct ClientTests {
    @Test func `Locust's users get a picture each time`() async throws {
        let server = try await Server()
        let outcome = try await Program.run(
            "/bin/bash", [Program.root.appending(path: "Tests/Conformance/locust/run.sh").path, server.base, Program.photo],
            environment: ["PYTHON": Program.python])
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
    }

    @Test func `the page turns a photo into an anime picture in Chromium`() async throws {
        let server = try await Server()
        let screenshots = Program.root.appending(path: ".build/screenshots").path
        try FileManager.default.createDirectory(atPath: screenshots, withIntermediateDirectories: true)
        let outcome = try await Program.run(
            Program.python,
            [
                Program.root.appending(path: "Tests/Conformance/browser/page_test.py").path, server.base, Program.photo,
                screenshots,
            ])
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
    }

    @Test func `tritonclient works unmodified`() async throws {
        let server = try await Server(["--cache", "0"])
        let outcome = try await Program.run(
            Program.python,
            [Program.root.appending(path: "Tests/Conformance/tritonclient/client_test.py").path, server.base, Program.photo])
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
    }

    @Test func `schemathesis finds no undocumented answer`() async throws {
        // Small pictures: many requests in its little more than a minute.
        let server = try await Server(["--size", "128", "--max-size", "256"])
        let outcome = try await Program.run(
            "/bin/sh", [Program.root.appending(path: "Tests/Conformance/schemathesis/run").path, server.base],
            environment: ["PYTHON": Program.python])
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
        #expect(server.process.isRunning)
    }
}
