import NIOCore

/// An HTTP/1.1 connection: writes prepared bytes and parses responses.
final class HTTP1Connection: TargetConnection, ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var parser: HTTP1ResponseParser
    private var scratch = ByteBuffer()

    init(delegate: any TargetConnectionDelegate, isSecure: Bool, maximumResponseBytes: Int) {
        parser = HTTP1ResponseParser(maximumBody: maximumResponseBytes)
        super.init(delegate: delegate, isSecure: isSecure)
    }

    override var receivedBytes: Int { parser.response.received }

    override func write(_ request: OutgoingRequest, to context: ChannelHandlerContext) {
        parser.begin(isHeadRequest: request.isHeadRequest, retention: request.retention)
        PreparedMessage.fill(request.message.http1, number: request.number, scratch: &scratch) { bytes in
            context.write(wrapOutboundOut(bytes), promise: nil)
        }
    }

    override func closedByServer() {
        guard parser.endOfStream() else { return super.closedByServer() }
        complete(parser.takeResponse(), keepsAlive: false)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        guard state == .active else {
            // Unsolicited: a 408 before the server closes, or garbage. The connection cannot be used any more.
            return closeIfIdle()
        }
        do throws(RequestFailure) {
            guard try parser.read(&bytes) else { return }
            let keepsAlive = parser.keepsAlive && bytes.readableBytes == 0
            complete(parser.takeResponse(), keepsAlive: keepsAlive)
        } catch {
            fail(error)
        }
    }
}
