import ArgumentParser
import Foundation
import HTTPService
import LoadTesting
import Logging
import Serving
import Telemetry

/// The flags about the operator's console.
struct AdminOptions: ParsableArguments {
    @Option(help: "Show the operator's console on this HOST:PORT, such as 127.0.0.1:7861; without it there is none.")
    var admin: ListeningAddress?

    @Option(
        help: """
            File with the console's token. A token, or --api-keys with a key of the scope admin, is needed when the console's \
            address can be reached from other machines.
            """)
    var adminTokenFile: String?

    func validate() throws {
        if adminTokenFile != nil, admin == nil { throw ValidationError("--admin-token-file belongs to --admin; give both.") }
    }

    /// The console of `service`; nil without `--admin`. `onListening` gets its address.
    func console(
        _ service: JobService, _ observation: Observation, keys: APIKeyRing?, memoryLimit: Int, logger: Logger,
        onListening: @escaping @Sendable (String) -> Void
    ) throws -> AdminServer? {
        guard let admin else { return nil }
        var configuration = AdminConfiguration()
        configuration.host = admin.host
        configuration.port = admin.port
        configuration.memoryLimit = memoryLimit
        configuration.version = Sakuga.version
        configuration.token = try adminTokenFile.map(token)
        configuration.keys = keys
        return try AdminServer(
            configuration: configuration, service: service, latency: observation.latency, errors: observation.errors,
            figures: {
                let figures = ProcessMetrics.now()
                return ProcessReading(
                    cpuSeconds: figures.cpuSeconds, residentBytes: figures.residentBytes, openFiles: figures.openDescriptors)
            },
            metricsText: observation.text, logger: logger,
            onListening: { port in
                onListening("http://\(admin.host.contains(":") ? "[\(admin.host)]" : admin.host):\(port)/console")
            })
    }

    private func token(_ path: String) throws -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ValidationError("--admin-token-file \(path) can't be read. Is the path right, and may this user read it?")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// A name or address to listen on, with a port.
struct ListeningAddress: ExpressibleByArgument {
    var host: String
    var port: Int

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        host = argument[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        if host.isEmpty { return nil }
        self.port = port
    }
}
