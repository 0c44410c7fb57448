package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import ServiceLifecycle

/// Where a console listens: few connections, short heads, nobody silent for long.
package struct ConsoleListener: Sendable {
    private let host: String
    private let port: Int
    private let connectionLimit: Int
    private let onListening: @Sendable (Int) async -> Void

    /// `port` 0 takes a free one; `onListening` gets the one it is once the console listens.
    package init(host: String, port: Int, connectionLimit: Int, onListening: @escaping @Sendable (Int) async -> Void) {
        self.host = host
        self.port = port
        self.connectionLimit = connectionLimit
        self.onListening = onListening
    }

    /// The application of a console; `service` runs as long as it does.
    package func application(
        _ router: Router<BasicRequestContext>, beside service: any Service, logger: Logger
    ) -> some ApplicationProtocol {
        let onListening = onListening
        return Application(
            router: router,
            server: HTTPServerBuilder { HeldHTTP1Channel(HTTP1Channel(responder: $0, configuration: Self.channels)) },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "sakuga",
                availableConnectionsDelegate: MaximumAvailableConnections(connectionLimit, logger: logger)),
            services: [service],
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    private static var channels: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            idleTimeout: .seconds(75),
            httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
    }
}
