import NIOCore
import NIOHPACK
import NIOHTTP2

/// An HTTP/2 connection that carries one stream after the other. Works on frames, without a channel for each stream.
final class HTTP2Connection: TargetConnection, ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// The flow-control window of the connection, in bytes. The specification's 64 kB would make the server wait in every large response.
    private static let connectionWindow = 16 << 20
    /// The flow-control window of a stream, in bytes; NIO's handler announces it in its settings.
    static let streamWindow = 4 << 20

    /// Clients' streams have odd numbers.
    private var streamNumber = -1
    private var stream: HTTP2StreamID { HTTP2StreamID(streamNumber) }
    private var response = TargetResponse()
    private var retention = TargetResponse.BodyRetention.prefix
    private var bodyBytes = 0
    /// Bytes that were read since the last WINDOW_UPDATE.
    private var consumed = (connection: 0, stream: 0)
    private var keepsAlive = true
    private var scratch = ByteBuffer()
    private let maximumResponseBytes: Int

    init(delegate: any TargetConnectionDelegate, isSecure: Bool, maximumResponseBytes: Int) {
        self.maximumResponseBytes = maximumResponseBytes
        super.init(delegate: delegate, isSecure: isSecure)
    }

    override var receivedBytes: Int { response.received }

    override func handshakeCompleted(negotiated: String?) {
        if negotiated == "h2" { becomeReady() } else { fail(.noHTTP2) }
    }

    override func prepare() {
        write(.windowUpdate(windowSizeIncrement: Self.connectionWindow), on: .rootStream)
        context?.flush()
    }

    override func write(_ request: OutgoingRequest, to context: ChannelHandlerContext) {
        streamNumber += 2
        response = TargetResponse()
        bodyBytes = 0
        consumed.stream = 0
        retention = request.retention
        var fields = request.message.fields
        fields.add(name: "x-request-id", value: PreparedMessage.id(request.idPrefix, request.number))
        let pieces = request.message.body
        write(.headers(.init(headers: fields, endStream: pieces.isEmpty)), on: stream)
        var left = pieces.count
        PreparedMessage.fill(pieces, number: request.number, scratch: &scratch) { bytes in
            left -= 1
            write(.data(.init(data: .byteBuffer(bytes), endStream: left == 0)), on: stream)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        // Before the first request there is no stream with a valid number.
        let isCurrent = state == .active && frame.streamID == stream
        switch frame.payload {
        case .headers(let headers) where isCurrent: read(headers)
        case .data(let data): read(data, isCurrent: isCurrent)
        case .rstStream(let code) where isCurrent:
            fail(RequestFailure(.streamReset, "The server reset the request's stream: \(code)."))
        case .goAway:
            keepsAlive = false
            closeIfIdle()
        default: break
        }
    }

    private func read(_ frame: HTTP2Frame.FramePayload.Headers) {
        response.received += frame.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        if let status = frame.headers.first(name: ":status").flatMap({ Int($0) }), status >= 200 {
            response.status = status
            if (201...202).contains(status) { response.location = frame.headers.first(name: "location") }
        }
        if frame.endStream { finish() }
    }

    private func read(_ frame: HTTP2Frame.FramePayload.Data, isCurrent: Bool) {
        guard case .byteBuffer(let bytes) = frame.data else { return }
        updateWindows(bytes.readableBytes, streamEnded: frame.endStream)
        guard isCurrent else { return }
        response.received += bytes.readableBytes
        bodyBytes += bytes.readableBytes
        guard bodyBytes <= maximumResponseBytes else { return fail(.responseTooLong(maximumResponseBytes)) }
        response.append(bytes, retention)
        if frame.endStream { finish() }
    }

    /// Opens the flow-control windows again, in few large steps.
    private func updateWindows(_ count: Int, streamEnded: Bool) {
        consumed.connection += count
        consumed.stream += count
        var mustFlush = false
        if consumed.connection > Self.connectionWindow / 2 {
            write(.windowUpdate(windowSizeIncrement: consumed.connection), on: .rootStream)
            consumed.connection = 0
            mustFlush = true
        }
        if !streamEnded, consumed.stream > Self.streamWindow / 2 {
            write(.windowUpdate(windowSizeIncrement: consumed.stream), on: stream)
            consumed.stream = 0
            mustFlush = true
        }
        if mustFlush { context?.flush() }
    }

    private func write(_ payload: HTTP2Frame.FramePayload, on id: HTTP2StreamID) {
        context?.write(wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: nil)
    }

    private func finish() {
        guard response.status > 0 else { return fail(.malformed("the response has no status")) }
        let response = response
        self.response = TargetResponse()
        complete(response, keepsAlive: keepsAlive)
    }
}
