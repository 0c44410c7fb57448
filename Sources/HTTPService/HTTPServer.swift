import Foundation
package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import Serving
import ServiceLifecycle
import WebPages

/// The service over HTTP/1.1: routes, limits, the page.
///
/// As a `Service` it listens from `run()` on. At a graceful shutdown it turns unready, takes no new connection, finishes
/// the requests in hand, and returns.
package struct HTTPServer: Service {
    private let configuration: HTTPConfiguration
    private let backend: Backend
    private let pages: PageFiles
    private let openAPI: OpenAPIDocument
    private let places: ConnectionPlaces
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Makes a server that is not listening yet. `onListening` gets the port once it does (of use when port 0 was asked for).
    /// Throws when the page's files are not where the program was installed.
    package init(
        configuration: HTTPConfiguration, service: JobService, readiness: Readiness, observation: Observation = Observation(),
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        self.backend = Backend(configuration: configuration, service: service, readiness: readiness, observation: observation)
        self.pages = try PageFiles("Pages", in: .module, sharing: .page, showsUploads: true)
        self.openAPI = try OpenAPIDocument()
        self.places = ConnectionPlaces(limit: configuration.connectionsPerClient, exempt: configuration.trustedProxies)
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until the surrounding service group shuts down gracefully, or the task is cancelled.
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

    /// Connections of clients that are open now.
    package var connectionCount: Int { places.count }

    /// The methods that each path takes (`"v1/jobs/{id}": ["DELETE", "GET", "HEAD"]`), to compare with what is documented.
    package var routes: [String: Set<String>] {
        ServiceRouter.make(backend, pages: pages, openAPI: openAPI).methods.mapValues { Set($0.map(\.rawValue)) }
    }

    /// The application underneath, for tests that start it themselves.
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
            onAnswer: { socket.noteAnswer() })
        await onListening(configuration.port)
        await SharedListener(
            socket: socket, limit: configuration.connectionLimit, farewell: configuration.farewell,
            channel: channel(responder: responder.respond), logger: logger
        ).run()
    }

    private func channel(responder: @escaping HTTPChannelHandler.Responder) -> ServiceChannel {
        let scheduler = backend.service.scheduler
        return ServiceChannel(
            base: HeldHTTP1Channel(HTTP1Channel(responder: responder, configuration: channels)),
            places: places,
            writeTimeout: TimeAmount(configuration.writeTimeout),
            handshakeTimeout: TimeAmount(configuration.handshakeTimeout),
            tls: configuration.tls,
            newcomersWait: { scheduler.minimumPredictedWait })
    }

    private var channels: HTTP1Channel.Configuration {
        let timeouts = ConnectionState.Timeouts(
            stall: TimeAmount(configuration.stallTimeout),
            body: TimeAmount(configuration.bodyTimeout),
            linger: TimeAmount(configuration.lingerTimeout),
            head: TimeAmount(configuration.headTimeout),
            request: TimeAmount(configuration.requestTimeout))
        let bodyLimit = configuration.bodyLimit, readiness = backend.readiness
        let isLeaving: @Sendable () -> Bool = { readiness.current == .draining }
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard(timeouts: timeouts, bodyLimit: bodyLimit, isLeaving: isLeaving)],
            idleTimeout: TimeAmount(configuration.idleTimeout),
            // Heads are small; the framework's own limits are twenty times as generous.
            httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
    }
}
