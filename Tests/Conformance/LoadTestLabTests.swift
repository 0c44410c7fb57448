import Foundation
import Testing

/// The load-testing lab beside real programs: nginx with TLS and HTTP/2, a terminal, several generators at once.
@Suite(.timeLimit(.minutes(10))) struct LoadTestLabTests {
    @Test func `HTTP/1.1 and HTTP/2 over TLS reach nginx as they should`() async throws {
        try await Check.pass("loadtest/through_nginx.py")
    }

    @Test func `a terminal shows a test and is given back`() async throws { try await Check.pass("loadtest/terminal.py") }

    @Test func `generators begin together and their reports become one`() async throws {
        try await Check.pass("loadtest/generators.py")
    }
}
