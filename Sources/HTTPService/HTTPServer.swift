import Foundation
package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import Serving
import ServiceLifecycle
import WebPages

/// The service over HTTP/1.1.
///
/// `run()` listens until a graceful shutdown. Then the service reports itself as not ready, accepts no further connections, completes the
/// requests in progress, and returns.
package struct HTTPServer: Service {
    private let configuration: HTTPConfiguration
    private let backend: Backend
    private let pages: PageFiles
    private let openAPI: OpenAPIDocument
    private let connections: ConnectionLimit
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// A server that does not listen yet. `onListening` gets the port once it does.
    /// - Throws: If the resources of the page are missing.
    package init(
        configuration: HTTPConfiguration, service: JobService, readiness: Readiness, observation: Observation = Observation(),
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        self.backend = Backend(configuration: configuration, service: service, readiness: readiness, observation: observation)
        self.pages = try PageFiles("Pages", in: .module, sharing: .page, showsUploads: true)
        self.openAPI = try OpenAPIDocument()
        self.connections = ConnectionLimit(limit: configuration.connectionsPerClient, exempt: configuration.trustedProxies)
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the service group shuts down gracefully or the task is cancelled.
    package func run() async throws {
        let readiness = backend.readiness
        try await withGracefulShutdownHandler {
            if let socket = configuration.socket {
                await serve(socket)
            } else {
                try await application.run()
            }
        } onGracefulShutdown: {
            readiness.beginDraining()
        }
    }

    /// The number of open connections.
    package var connectionCount: Int { connections.count }

    /// The methods of each path, such as `"v1/jobs/{id}": ["DELETE", "GET", "HEAD"]`, to compare with the documentation.
    package var routes: [String: Set<String>] {
        ServiceRouter.make(backend, pages: pages, openAPI: openAPI).methods.mapValues { Set($0.map(\.rawValue)) }
    }

    /// The underlying application, for tests that start it themselves.
    package var application: some ApplicationProtocol {
        let onListening = onListening
        return Application(
            router: ServiceRouter.make(backend, pages: pages, openAPI: openAPI).router,
            server: HTTPServerBuilder { [self] in channel(responder: $0) },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "sakuga",
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.connectionLimit, logger: logger)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    private func serve(_ socket: SharedSocket) async {
        let responder = SharedResponder(
            responder: ServiceRouter.make(backend, pages: pages, openAPI: openAPI).router.buildResponder(), logger: logger,
            onResponse: { socket.countResponse() })
        await onListening(configuration.port)
        await SharedListener(
            socket: socket, limit: configuration.connectionLimit, gracePeriod: configuration.gracePeriod,
            channel: channel(responder: responder.respond), logger: logger
        ).run()
    }

    private func channel(responder: @escaping HTTPChannelHandler.Responder) -> ServiceChannel {
        let scheduler = backend.service.scheduler
        return ServiceChannel(
            base: HeldHTTP1Channel(HTTP1Channel(responder: responder, configuration: channels)),
            connections: connections,
            writeTimeout: TimeAmount(configuration.writeTimeout),
            handshakeTimeout: TimeAmount(configuration.handshakeTimeout),
            tls: configuration.tls,
            predictedWait: { scheduler.minimumPredictedWait })
    }

    private var channels: HTTP1Channel.Configuration {
        let timeouts = HTTPConnectionState.Timeouts(
            stall: TimeAmount(configuration.stallTimeout),
            body: TimeAmount(configuration.bodyTimeout),
            linger: TimeAmount(configuration.lingerTimeout),
            head: TimeAmount(configuration.headTimeout),
            request: TimeAmount(configuration.requestTimeout))
        let bodyLimit = configuration.bodyLimit, readiness = backend.readiness
        let isShuttingDown: @Sendable () -> Bool = { readiness.current == .draining }
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                HTTPConnectionHandler(timeouts: timeouts, bodyLimit: bodyLimit, isShuttingDown: isShuttingDown)
            ],
            idleTimeout: TimeAmount(configuration.idleTimeout),
            // Much less than the defaults: the heads of real clients are small.
            httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
    }
}
