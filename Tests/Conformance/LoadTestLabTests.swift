import Foundation
import Testing

/// The load-testing lab beside real programs: nginx with TLS and HTTP/2, a terminal, several generators at once.
@Suite(.timeLimit(.minutes(10))) struct LoadTestLabTests {
    @Test func `HTTP/1.1 and HTTP/2 over TLS reach nginx as they should`() async throws { try await pass("through_nginx.py") }

    @Test func `a terminal shows a test and is given back`() async throws { try await pass("terminal.py") }

    @Test func `generators begin together and their reports become one`() async throws { try await pass("generators.py") }

    /// What a check exits with where the machine lacks what it needs: it says what on its output.
    private static let skipped: Int32 = 77

    private func pass(_ check: String) async throws {
        let path = Program.root.appending(path: "Tests/Conformance/loadtest/\(check)").path
        let outcome = try await Program.run(Program.python, [path, "--quick", "--sakuga", Program.sakuga], in: Program.root)
        print(outcome.output)
        #expect(outcome.status == 0 || outcome.status == Self.skipped, "\(check)\n\(outcome.output)\n\(outcome.errors)")
    }
}
