package import Hummingbird
package import HummingbirdCore
package import Logging
package import NIOCore
package import ServiceLifecycle
import Synchronization

/// A console's listening address and its limits: few connections, small request heads, a short idle timeout.
package struct ConsoleListener: Sendable {
    private let host: String
    private let port: Int
    private let connectionLimit: Int
    private let onListening: @Sendable (Int) async -> Void

    /// Port 0 picks a free one. `onListening` gets the port once the console listens.
    package init(host: String, port: Int, connectionLimit: Int, onListening: @escaping @Sendable (Int) async -> Void) {
        self.host = host
        self.port = port
        self.connectionLimit = connectionLimit
        self.onListening = onListening
    }

    /// The console's application; `service` runs alongside it.
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

/// A connection that is closed in order even if it is never served.
///
/// A server that stops drops connections that it has just accepted, and NIO traps when an open `NIOAsyncChannel` is deallocated before
/// `executeThenClose` was called on it. This wrapper calls it then.
///
/// The load-test console needs this as much as the service does, so it lives here, below both.
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

    /// The underlying channel.
    package var channel: any Channel { connection.channel }

    /// Passes the connection to a caller that serves and closes it.
    func take() -> HTTP1Channel.Value {
        isTaken.store(true, ordering: .relaxed)
        return connection
    }
}

/// HTTP/1.1 with connections that may be dropped at any moment; see ``HeldConnection``.
package struct HeldHTTP1Channel: HTTPChannelHandler {
    private let base: HTTP1Channel

    /// Wraps the connections of `base`.
    package init(_ base: HTTP1Channel) {
        self.base = base
    }

    /// The handler of requests.
    package var responder: Responder { base.responder }

    /// Prepares a connection. Call it on the channel's event loop.
    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HeldConnection> {
        base.setup(channel: channel, logger: logger).map { HeldConnection($0) }
    }

    /// Serves a connection until it is closed.
    package func handle(value: HeldConnection, logger: Logger) async {
        await base.handle(value: value.take(), logger: logger)
    }
}
