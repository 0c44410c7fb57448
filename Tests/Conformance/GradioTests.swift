import Foundation
import Testing

/// Gradio's own Python client, unmodified.
@Suite(.timeLimit(.minutes(20))) struct GradioTests {
    @Test func `gradio_client works unmodified`() async throws {
        let server = try await Server(["--cache", "0"])
        // Slow, too: what is to happen while a picture is drawn must not come too late.
        let small = try await Server(["--cache", "0", "--max-queued", "1", "--threads", "1", "--size", "1024"])
        let outcome = try await Program.run(
            Program.python,
            [
                Program.root.appending(path: "Tests/Conformance/gradio/client_test.py").path, server.base, Program.photo,
                "--small-queue", small.base,
            ])
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
    }
}
