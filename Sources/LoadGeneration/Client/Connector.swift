import NIOCore
import NIOHTTP2
import NIOPosix
package import NIOSSL

/// Opens connections to the one address that a test loads.
struct Connector {
    let target: LoadTarget
    let settings: ConnectionSettings
    /// Resolved once, not for each connection.
    let address: SocketAddress
    /// Nil without TLS.
    let tls: NIOSSLContext?

    /// Starts to connect; the outcome goes to `delegate`.
    func connect(on loop: any EventLoop, delegate: any TargetConnectionDelegate) -> TargetConnection {
        let connection: TargetConnection
        let setUp: NIOLoopBound<(any Channel) throws -> Void>
        switch settings.version {
        case .http1:
            let handler = HTTP1Connection(
                delegate: delegate, isSecure: tls != nil, maximumResponseBytes: settings.maximumResponseBytes)
            connection = handler
            setUp = NIOLoopBound({ try add(to: $0.pipeline.syncOperations, handler) }, eventLoop: loop)
        case .http2:
            let handler = HTTP2Connection(
                delegate: delegate, isSecure: tls != nil, maximumResponseBytes: settings.maximumResponseBytes)
            connection = handler
            setUp = NIOLoopBound({ try add(to: $0.pipeline.syncOperations, handler) }, eventLoop: loop)
        }
        let failed = NIOLoopBound(
            { (error: any Error) in
                if !connection.isClosed { connection.fail(RequestFailure(error)) }
            }, eventLoop: loop)
        ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(settings.connectTimeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try setUp.value(channel) }
            }
            .connect(to: address)
            .whenFailure { failed.value($0) }
        return connection
    }

    private func add(to pipeline: ChannelPipeline.SynchronousOperations, _ handler: HTTP1Connection) throws {
        try addTLS(to: pipeline)
        try pipeline.addHandler(handler)
    }

    private func add(to pipeline: ChannelPipeline.SynchronousOperations, _ handler: HTTP2Connection) throws {
        try addTLS(to: pipeline)
        let initial = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .initialWindowSize, value: HTTP2Connection.streamWindow),
        ]
        try pipeline.addHandler(NIOHTTP2Handler(mode: .client, initialSettings: initial))
        try pipeline.addHandler(handler)
    }

    private func addTLS(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        guard let tls else { return }
        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: target.isAddress ? nil : target.host))
    }
}

extension LoadTarget {
    /// The TLS context for connections to this target; nil for `http://`.
    /// - Throws: `GeneratorError.trust` when the trusted certificates cannot be read.
    package func tlsContext(_ settings: ConnectionSettings) throws(GeneratorError) -> NIOSSLContext? {
        guard isSecure else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = settings.version == .http2 ? ["h2"] : ["http/1.1"]
        switch settings.trust {
        case .system: break
        case .file(let path): configuration.trustRoots = .file(path)
        case .anything: configuration.certificateVerification = .none
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            if case .file(let path) = settings.trust { throw .trust(file: path, detail: "\(error)") }
            throw .trust(file: "the system's certificates", detail: "\(error)")
        }
    }
}

/// The first connection to a target: finds the address that accepts connections, and checks the certificate. Sends nothing.
enum FirstConnection {
    /// The address for all further connections.
    static func address(
        _ target: LoadTarget, _ settings: ConnectionSettings, _ tls: NIOSSLContext?, on loop: any EventLoop
    ) async throws(GeneratorError) -> SocketAddress {
        let address: SocketAddress
        do {
            // Tries the host's IPv6 and IPv4 addresses in parallel and keeps the first that connects.
            let channel = try await ClientBootstrap(group: loop)
                .connectTimeout(TimeAmount(settings.connectTimeout))
                .connect(host: target.host, port: target.port).get()
            guard let remote = channel.remoteAddress else { throw RequestFailure.closedWithoutResponse }
            address = remote
            try? await channel.close()
        } catch {
            throw unreachable(target, RequestFailure(error))
        }
        guard tls != nil else { return address }
        let connector = Connector(target: target, settings: settings, address: address, tls: tls)
        if let failure = await handshake(connector, on: loop) { throw unreachable(target, failure) }
        return address
    }

    private static func unreachable(_ target: LoadTarget, _ failure: RequestFailure) -> GeneratorError {
        .unreachable(address: target.address, cause: failure.cause, detail: failure.detail)
    }

    /// Opens a connection as users do and closes it; the failure, if there is one.
    private static func handshake(_ connector: Connector, on loop: any EventLoop) async -> RequestFailure? {
        let promise = loop.makePromise(of: RequestFailure?.self)
        loop.execute {
            let probe = Probe(promise)
            probe.connection = connector.connect(on: loop, delegate: probe)
            loop.assumeIsolated().scheduleTask(in: TimeAmount(connector.settings.connectTimeout)) {
                probe.end(.connectTimedOut)
            }
        }
        return (try? await promise.futureResult.get()) ?? nil
    }

    /// Waits for the handshake and closes the connection.
    private final class Probe: TargetConnectionDelegate {
        var connection: TargetConnection?
        private var promise: EventLoopPromise<RequestFailure?>?

        init(_ promise: EventLoopPromise<RequestFailure?>) { self.promise = promise }

        func end(_ failure: RequestFailure?) {
            promise?.succeed(failure)
            promise = nil
            connection?.close()
            connection = nil
        }

        func connectionIsReady(_ connection: TargetConnection) { end(nil) }
        func connection(_ connection: TargetConnection, received response: TargetResponse, keepsAlive: Bool) { end(nil) }
        func connection(_ connection: TargetConnection, failed failure: RequestFailure, receivedBytes: Int) { end(failure) }
        func connectionWasClosed(_ connection: TargetConnection) { end(nil) }
    }
}
