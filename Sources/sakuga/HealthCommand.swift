import ArgumentParser
import Foundation
import OptionValues
import Supervision

/// `sakuga health`: the health check of containers, whose image has no other program.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Check whether a server on this machine is ready.",
        discussion: """
            Exit code 0 when it is ready, 1 when it is not or does not answer. Works with servers without TLS.

            Examples:
              sakuga health
              sakuga health --port 8080 --live
            """)

    @Option(help: "Address of the server.")
    var host = "127.0.0.1"

    @Option(help: "Port of the server. (default: SAKUGA_PORT, else 7860)")
    var port: Int?

    @Flag(help: "Check only whether the server answers, ready or not.")
    var live = false

    @Option(help: "Time to wait for the answer.")
    var timeout = TimeSpan(seconds: 2)

    func validate() throws {
        if let port, !(1...65_535).contains(port) { throw ValidationError("--port must be 1 to 65535.") }
    }

    func run() async throws {
        // In a Kubernetes namespace with a Service called sakuga this variable is `tcp://…`.
        let port = port ?? ProcessInfo.processInfo.environment["SAKUGA_PORT"].flatMap { Int($0) } ?? 7860
        let address = ClusterAddress(host: host, port: port), path = live ? "/health/live" : "/health/ready"
        guard let answer = await HealthProbe.get(path, of: address, seconds: timeout.seconds) else {
            throw PlainFailure("\(address) did not answer within \(timeout).")
        }
        print(answer.body)
        if answer.status != 200 { throw ExitCode.failure }
    }
}
