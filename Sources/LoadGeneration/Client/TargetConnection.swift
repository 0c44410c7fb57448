import NIOCore
import NIOSSL
import NIOTLS

/// A request as a connection sends it.
struct OutgoingRequest {
    let message: PreparedMessage
    /// The number in its id and its counters.
    let number: UInt64
    let idPrefix: String
    let isHeadRequest: Bool
    /// How much of the response's body is kept.
    let retention: TargetResponse.BodyRetention
}

/// Who uses a connection. Called on the connection's event loop.
protocol TargetConnectionDelegate: AnyObject {
    /// The connection is established, its TLS handshake included.
    func connectionIsReady(_ connection: TargetConnection)
    /// The response is complete. A connection that is not kept alive has closed itself.
    func connection(_ connection: TargetConnection, received response: TargetResponse, keepsAlive: Bool)
    /// The active request, or the attempt to connect, has failed, and the connection is closed. `receivedBytes` counts what had arrived of
    /// a response.
    func connection(_ connection: TargetConnection, failed failure: RequestFailure, receivedBytes: Int)
    /// The connection was closed while no request was active.
    func connectionWasClosed(_ connection: TargetConnection)
}

/// A connection to the target that carries one request at a time: the life cycle that HTTP/1.1 and HTTP/2 share.
///
/// Lives on its event loop. Its delegate closes it before it goes away.
class TargetConnection {
    enum State { case connecting, idle, active, closed }

    private(set) var state = State.connecting
    private(set) weak var delegate: (any TargetConnectionDelegate)?
    private(set) var context: ChannelHandlerContext?
    let isSecure: Bool

    init(delegate: any TargetConnectionDelegate, isSecure: Bool) {
        self.delegate = delegate
        self.isSecure = isSecure
    }

    /// Whether it was closed from this side.
    var isClosed: Bool { state == .closed }

    /// Sends a request. Ignored unless the connection is idle.
    final func send(_ request: OutgoingRequest) {
        guard let context, state == .idle else { return }
        state = .active
        write(request, to: context)
        context.flush()
    }

    /// Closes the connection; the delegate hears nothing more.
    final func close() {
        state = .closed
        delegate = nil
        context?.close(promise: nil)
    }

    // MARK: What the versions of HTTP do differently

    /// Writes a request without flushing.
    func write(_ request: OutgoingRequest, to context: ChannelHandlerContext) {}

    /// The TLS handshake is complete; `negotiated` is the protocol that ALPN chose.
    func handshakeCompleted(negotiated: String?) { becomeReady() }

    /// The connection is established and about to become idle.
    func prepare() {}

    /// How many bytes of the current response have arrived.
    var receivedBytes: Int { 0 }

    /// The server closed the connection while a request was active.
    func closedByServer() { fail(receivedBytes > 0 ? .closedInResponse : .closedWithoutResponse) }

    // MARK: Transitions

    final func becomeReady() {
        guard state == .connecting else { return }
        state = .idle
        prepare()
        delegate?.connectionIsReady(self)
    }

    final func complete(_ response: TargetResponse, keepsAlive: Bool) {
        let delegate = delegate
        if keepsAlive { state = .idle } else { close() }
        delegate?.connection(self, received: response, keepsAlive: keepsAlive)
    }

    final func fail(_ failure: RequestFailure) {
        let (delegate, receivedBytes) = (delegate, receivedBytes)
        close()
        delegate?.connection(self, failed: failure, receivedBytes: receivedBytes)
    }

    final func closeIfIdle() {
        guard state == .idle else { return }
        let delegate = delegate
        close()
        delegate?.connectionWasClosed(self)
    }
}

// MARK: - Events of the channel

extension TargetConnection {
    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        // It may have been closed before there was a channel.
        if isClosed { return context.close(promise: nil) }
        if !isSecure { becomeReady() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent else { return }
        handshakeCompleted(negotiated: negotiated)
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch state {
        case .active: closedByServer()
        case .connecting:
            fail(
                isSecure
                    ? RequestFailure(.tls, "The server closed the connection during the TLS handshake.") : .closedWithoutResponse)
        case .idle: closeIfIdle()
        case .closed: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A server that ends a response by closing the connection may omit TLS's close_notify.
        if case NIOSSLError.uncleanShutdown? = error as? NIOSSLError { return }
        switch state {
        case .active, .connecting: fail(RequestFailure(error))
        case .idle: closeIfIdle()
        case .closed: break
        }
    }
}
