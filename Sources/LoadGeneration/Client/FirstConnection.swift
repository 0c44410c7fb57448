import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// The first connection to a target: which of a name's addresses answers, and whether its certificate is believed. Sends nothing.
enum FirstConnection {
    /// The address that all further connections go to.
    static func address(
        _ target: LoadTarget, _ settings: ConnectionSettings, _ tls: NIOSSLContext?, on loop: any EventLoop
    ) async throws(GeneratorError) -> SocketAddress {
        let address: SocketAddress
        do {
            // Tries the name's addresses side by side, IPv6 and IPv4, and keeps the first that answers.
            let channel = try await ClientBootstrap(group: loop)
                .connectTimeout(TimeAmount(settings.connectTimeout))
                .connect(host: target.host, port: target.port).get()
            guard let remote = channel.remoteAddress else { throw WireFault.closedWithoutAnswer }
            address = remote
            try? await channel.close()
        } catch {
            throw unreachable(target, WireFault(error))
        }
        guard tls != nil else { return address }
        let connector = Connector(target: target, settings: settings, address: address, tls: tls)
        if let fault = await handshake(connector, on: loop) { throw unreachable(target, fault) }
        return address
    }

    private static func unreachable(_ target: LoadTarget, _ fault: WireFault) -> GeneratorError {
        .unreachable(address: target.address, cause: fault.cause, detail: fault.detail)
    }

    /// Makes a connection as users do and closes it; why it failed, if it did.
    private static func handshake(_ connector: Connector, on loop: any EventLoop) async -> WireFault? {
        let promise = loop.makePromise(of: WireFault?.self)
        loop.execute {
            let visitor = Visitor(promise)
            visitor.wire = connector.connect(on: loop, for: visitor)
            loop.assumeIsolated().scheduleTask(in: TimeAmount(connector.settings.connectTimeout)) {
                visitor.end(.connectTimedOut)
            }
        }
        return (try? await promise.futureResult.get()) ?? nil
    }

    /// Waits for the handshake and leaves.
    private final class Visitor: WireOwner {
        var wire: (any Wire)?
        private var promise: EventLoopPromise<WireFault?>?

        init(_ promise: EventLoopPromise<WireFault?>) { self.promise = promise }

        func end(_ fault: WireFault?) {
            promise?.succeed(fault)
            promise = nil
            wire?.close()
            wire = nil
        }

        func wireIsReady(_ wire: any Wire) { end(nil) }
        func wire(_ wire: any Wire, answered answer: WireAnswer, goesOn: Bool) { end(nil) }
        func wire(_ wire: any Wire, failed fault: WireFault, received: Int) { end(fault) }
        func wireWasClosed(_ wire: any Wire) { end(nil) }
    }
}
