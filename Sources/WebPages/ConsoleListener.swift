package import Hummingbird
package import HummingbirdCore
package import Logging
package import NIOCore
package import ServiceLifecycle
import Synchronization

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

/// A connection that is ready to be served, and closed if it never is.
///
/// A server that stops drops the connections that it was just making, and NIO ends the whole program when a connection that is still open
/// is let go of before anybody has served it. So what is let go of here is served after all, with nothing.
package final class HeldConnection: ServerChildChannelValue {
    private let connection: HTTP1Channel.Value
    private let isTaken = Atomic(false)

    init(_ connection: HTTP1Channel.Value) {
        self.connection = connection
    }

    deinit {
        guard !isTaken.load(ordering: .relaxed) else { return }
        let connection = connection
        Task { try? await connection.executeThenClose { _, _ in } }
    }

    /// The channel underneath.
    package var channel: any Channel { connection.channel }

    /// The connection, for the one who serves it from now on, and with that closes it.
    func take() -> HTTP1Channel.Value {
        isTaken.store(true, ordering: .relaxed)
        return connection
    }
}

/// HTTP/1.1 whose connections may be dropped at any moment.
package struct HeldHTTP1Channel: HTTPChannelHandler {
    private let base: HTTP1Channel

    /// Makes connections as `base` does.
    package init(_ base: HTTP1Channel) {
        self.base = base
    }

    /// What answers requests.
    package var responder: Responder { base.responder }

    /// Makes a connection ready; to be called on the channel's event loop.
    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HeldConnection> {
        base.setup(channel: channel, logger: logger).map { HeldConnection($0) }
    }

    /// Serves a connection to its end.
    package func handle(value: HeldConnection, logger: Logger) async {
        await base.handle(value: value.take(), logger: logger)
    }
}
