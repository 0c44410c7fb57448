import ArgumentParser
import Foundation
import Supervision

/// `sakuga health`: whether a server on this machine can take work; for the health checks of containers, which have no other program.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask a server on this machine whether it is ready.",
        discussion: """
            Exit code 0 when it is, 1 when it is not or does not answer. For servers without TLS of their own.

            Examples:
              sakuga health
              sakuga health --port 8080 --live
            """)

    @Option(help: "Its address.")
    var host = "127.0.0.1"

    @Option(help: "Its port. (default: what SAKUGA_PORT says, else 7860)")
    var port: Int?

    @Flag(help: "Ask only whether it answers, loaded or not.")
    var live = false

    @Option(help: "How long to wait for an answer.")
    var timeout = TimeSpan(seconds: 2)

    func validate() throws {
        if let port, !(1...65_535).contains(port) { throw ValidationError("--port is 1 to 65535.") }
    }

    func run() async throws {
        // Kubernetes has `tcp://…` in this variable where a Service is called sakuga.
        let port = port ?? ProcessInfo.processInfo.environment["SAKUGA_PORT"].flatMap { Int($0) } ?? 7860
        let address = ClusterAddress(host: host, port: port), path = live ? "/health/live" : "/health/ready"
        guard let answer = await LocalRequest.get(path, of: address, seconds: timeout.seconds) else {
            throw PlainFailure("\(address) does not answer within \(timeout).")
        }
        print(answer.body)
        if answer.status != 200 { throw ExitCode.failure }
    }
}
