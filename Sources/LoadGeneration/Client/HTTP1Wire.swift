import NIOCore
import NIOSSL
import NIOTLS

/// An HTTP/1.1 connection: prepared bytes out, answers in.
final class HTTP1Wire: ChannelInboundHandler, Wire {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Stage { case connecting, idle, asking, closed }

    weak var owner: (any WireOwner)?
    private var stage = Stage.connecting
    private var context: ChannelHandlerContext?
    private var parser: HTTP1AnswerParser
    private var scratch = ByteBuffer()
    private let isSecure: Bool

    init(owner: any WireOwner, isSecure: Bool, maximumAnswerBytes: Int) {
        self.owner = owner
        self.isSecure = isSecure
        parser = HTTP1AnswerParser(maximumBody: maximumAnswerBytes)
    }

    func send(_ call: WireCall) {
        guard let context, stage == .idle else { return }
        stage = .asking
        parser.begin(isHeadRequest: call.isHeadRequest, keep: call.keep)
        PreparedMessage.fill(call.message.wire, number: call.number, scratch: &scratch) { bytes in
            context.write(wrapOutboundOut(bytes), promise: nil)
        }
        context.flush()
    }

    func close() {
        stage = .closed
        owner = nil
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        // It may have been given up before there was a channel to close.
        if stage == .closed { return context.close(promise: nil) }
        if !isSecure { becomeReady() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent { becomeReady() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard stage == .asking else {
            // Nothing was asked: a server that takes its leave with a 408, or garbage. Either way this connection is done.
            return loseWhileIdle()
        }
        do throws(WireFault) {
            guard try parser.read(&bytes) else { return }
            finish(goesOn: parser.goesOn && bytes.readableBytes == 0)
        } catch {
            fail(error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch stage {
        case .asking where parser.end(): finish(goesOn: false)
        case .asking: fail(parser.hasBegun ? .closedInAnswer : .closedWithoutAnswer)
        case .connecting:
            fail(isSecure ? WireFault(.tls, "The server closed the connection during the TLS handshake.") : .closedWithoutAnswer)
        case .idle: loseWhileIdle()
        case .closed: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A server that ends an answer by closing may skip TLS's own good-bye.
        if case NIOSSLError.uncleanShutdown? = error as? NIOSSLError { return }
        switch stage {
        case .asking, .connecting: fail(WireFault(error))
        case .idle: loseWhileIdle()
        case .closed: break
        }
    }

    private func becomeReady() {
        guard stage == .connecting else { return }
        stage = .idle
        owner?.wireIsReady(self)
    }

    private func finish(goesOn: Bool) {
        let answer = parser.takeAnswer()
        let owner = owner
        if goesOn {
            stage = .idle
        } else {
            close()
        }
        owner?.wire(self, answered: answer, goesOn: goesOn)
    }

    private func fail(_ fault: WireFault) {
        let owner = owner
        let received = parser.answer.received
        close()
        owner?.wire(self, failed: fault, received: received)
    }

    private func loseWhileIdle() {
        guard stage == .idle else { return }
        let owner = owner
        close()
        owner?.wireWasClosed(self)
    }
}
