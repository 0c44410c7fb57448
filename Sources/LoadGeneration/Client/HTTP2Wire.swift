import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOSSL
import NIOTLS

/// An HTTP/2 connection that carries one stream after the other. Works on frames, without a channel for each stream.
final class HTTP2Wire: ChannelInboundHandler, Wire {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private enum Stage { case connecting, idle, asking, closed }

    /// What the connection as a whole may receive before we say that we have read it.
    private static let connectionWindow = 16 << 20
    /// The same for a stream; NIO's handler tells the server when it begins.
    static let streamWindow = 4 << 20

    weak var owner: (any WireOwner)?
    private var stage = Stage.connecting
    private var context: ChannelHandlerContext?
    /// Clients' streams have odd numbers.
    private var streamNumber = -1
    private var stream: HTTP2StreamID { HTTP2StreamID(streamNumber) }
    private var answer = WireAnswer()
    private var keep = WireAnswer.KeepBody.beginning
    private var bodyBytes = 0
    private var unreported = (connection: 0, stream: 0)
    private var goesOn = true
    private var scratch = ByteBuffer()
    private let isSecure: Bool
    private let maximumAnswerBytes: Int

    init(owner: any WireOwner, isSecure: Bool, maximumAnswerBytes: Int) {
        self.owner = owner
        self.isSecure = isSecure
        self.maximumAnswerBytes = maximumAnswerBytes
    }

    func send(_ call: WireCall) {
        guard let context, stage == .idle else { return }
        stage = .asking
        streamNumber += 2
        answer = WireAnswer()
        bodyBytes = 0
        unreported.stream = 0
        keep = call.keep
        var fields = call.message.fields
        fields.add(name: "x-request-id", value: PreparedMessage.id(call.idPrefix, call.number))
        let pieces = call.message.body
        write(.headers(.init(headers: fields, endStream: pieces.isEmpty)))
        var left = pieces.count
        PreparedMessage.fill(pieces, number: call.number, scratch: &scratch) { bytes in
            left -= 1
            write(.data(.init(data: .byteBuffer(bytes), endStream: left == 0)))
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
        guard case TLSUserEvent.handshakeCompleted(let chosen)? = event as? TLSUserEvent else { return }
        if chosen == "h2" {
            becomeReady()
        } else {
            fail(.noHTTP2)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.payload {
        case .headers(let part) where frame.streamID == stream && stage == .asking: read(part)
        case .data(let part): read(part, on: frame.streamID)
        case .rstStream(let code) where frame.streamID == stream && stage == .asking:
            fail(WireFault(.streamReset, "The server ended the request's stream: \(code)."))
        case .goAway:
            goesOn = false
            if stage == .idle { loseWhileIdle() }
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch stage {
        case .asking: fail(answer.received > 0 ? .closedInAnswer : .closedWithoutAnswer)
        case .connecting: fail(.closedWithoutAnswer)
        case .idle: loseWhileIdle()
        case .closed: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
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
        // The specification's 64 kB would make the server wait for us in every large answer.
        context?.writeAndFlush(
            wrapOutboundOut(
                HTTP2Frame(streamID: .rootStream, payload: .windowUpdate(windowSizeIncrement: Self.connectionWindow))),
            promise: nil)
        owner?.wireIsReady(self)
    }

    private func read(_ part: HTTP2Frame.FramePayload.Headers) {
        answer.received += part.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        if let status = part.headers.first(name: ":status").flatMap({ Int($0) }), status >= 200 {
            answer.status = status
            if (201...202).contains(status) { answer.location = part.headers.first(name: "location") }
        }
        if part.endStream { finish() }
    }

    private func read(_ part: HTTP2Frame.FramePayload.Data, on id: HTTP2StreamID) {
        guard case .byteBuffer(let bytes) = part.data else { return }
        tellRead(bytes.readableBytes, ended: part.endStream)
        guard id == stream, stage == .asking else { return }
        answer.received += bytes.readableBytes
        bodyBytes += bytes.readableBytes
        guard bodyBytes <= maximumAnswerBytes else { return fail(.tooLong(maximumAnswerBytes)) }
        answer.keep(bytes, keep)
        if part.endStream { finish() }
    }

    /// Gives the server back what it may send, in few large steps.
    private func tellRead(_ count: Int, ended: Bool) {
        unreported.connection += count
        unreported.stream += count
        var mustFlush = false
        if unreported.connection > Self.connectionWindow / 2 {
            let size = unreported.connection
            context?.write(
                wrapOutboundOut(HTTP2Frame(streamID: .rootStream, payload: .windowUpdate(windowSizeIncrement: size))),
                promise: nil)
            unreported.connection = 0
            mustFlush = true
        }
        if !ended, unreported.stream > Self.streamWindow / 2 {
            write(.windowUpdate(windowSizeIncrement: unreported.stream))
            unreported.stream = 0
            mustFlush = true
        }
        if mustFlush { context?.flush() }
    }

    private func write(_ payload: HTTP2Frame.FramePayload) {
        context?.write(wrapOutboundOut(HTTP2Frame(streamID: stream, payload: payload)), promise: nil)
    }

    private func finish() {
        guard answer.status > 0 else { return fail(.malformed("the answer has no status")) }
        let (answer, owner, goesOn) = (answer, owner, goesOn)
        self.answer = WireAnswer()
        if goesOn { stage = .idle } else { close() }
        owner?.wire(self, answered: answer, goesOn: goesOn)
    }

    private func fail(_ fault: WireFault) {
        let owner = owner
        let received = answer.received
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
