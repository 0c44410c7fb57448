import NIOCore
import NIOHTTP2
import NIOPosix
package import NIOSSL

/// Makes connections to the one address that a test loads.
struct Connector {
    let target: LoadTarget
    let settings: ConnectionSettings
    /// Resolved once: names are not asked for again for each connection.
    let address: SocketAddress
    /// Nil without TLS.
    let tls: NIOSSLContext?

    /// Begins to connect; what comes of it is told to `owner`.
    func connect(on loop: any EventLoop, for owner: any WireOwner) -> any Wire {
        let wire: any Wire
        let setUp: NIOLoopBound<(any Channel) throws -> Void>
        switch settings.version {
        case .http1:
            let handler = HTTP1Wire(owner: owner, isSecure: tls != nil, maximumAnswerBytes: settings.maximumAnswerBytes)
            wire = handler
            setUp = NIOLoopBound({ try add(to: $0.pipeline.syncOperations, handler) }, eventLoop: loop)
        case .http2:
            let handler = HTTP2Wire(owner: owner, isSecure: tls != nil, maximumAnswerBytes: settings.maximumAnswerBytes)
            wire = handler
            setUp = NIOLoopBound({ try add(to: $0.pipeline.syncOperations, handler) }, eventLoop: loop)
        }
        let failed = NIOLoopBound(
            { [weak owner] (error: any Error) in
                guard let owner, wire.owner != nil else { return }
                wire.close()
                owner.wire(wire, failed: WireFault(error), received: 0)
            }, eventLoop: loop)
        ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(settings.connectTimeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try setUp.value(channel) }
            }
            .connect(to: address)
            .whenFailure { failed.value($0) }
        return wire
    }

    private func add(to pipeline: ChannelPipeline.SynchronousOperations, _ handler: HTTP1Wire) throws {
        try addTLS(to: pipeline)
        try pipeline.addHandler(handler)
    }

    private func add(to pipeline: ChannelPipeline.SynchronousOperations, _ handler: HTTP2Wire) throws {
        try addTLS(to: pipeline)
        let initial = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .initialWindowSize, value: HTTP2Wire.streamWindow),
        ]
        try pipeline.addHandler(NIOHTTP2Handler(mode: .client, initialSettings: initial))
        try pipeline.addHandler(handler)
    }

    private func addTLS(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        guard let tls else { return }
        try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: target.hostIsAddress ? nil : target.host))
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
