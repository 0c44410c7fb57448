import NIOCore

/// The unit of the protocol: a length (big-endian `UInt32`, of what follows it), a kind (one byte), the call's number (`UInt64`), and
/// the payload.
struct CallFrame: Sendable {
    enum Kind: UInt8, Sendable {
        case request
        case response
        /// The server failed; the payload is a sentence.
        case failure
        /// The client's task was cancelled.
        case cancel
    }

    var kind: Kind
    var number: UInt64
    var bytes: ByteBuffer

    /// Bytes between the length and the payload.
    static let headLength = 1 + 8
}

/// Bytes that are no frame, or a frame beyond the limit.
struct MalformedFrame: Error {}

/// Splits a stream of bytes into frames.
final class CallFrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = CallFrame

    private let limit: Int

    /// Frames with more than `limit` bytes of payload end the connection.
    init(limit: Int) { self.limit = limit }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        let start = buffer.readerIndex
        guard let length: UInt32 = buffer.getInteger(at: start) else { return .needMoreData }
        guard length >= CallFrame.headLength, Int(length) - CallFrame.headLength <= limit else { throw MalformedFrame() }
        guard buffer.readableBytes >= 4 + Int(length) else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: 4)
        guard let kind: UInt8 = buffer.readInteger(), let number: UInt64 = buffer.readInteger(),
            let bytes = buffer.readSlice(length: Int(length) - CallFrame.headLength)
        else { throw MalformedFrame() }
        guard let kind = CallFrame.Kind(rawValue: kind) else { throw MalformedFrame() }
        context.fireChannelRead(wrapInboundOut(CallFrame(kind: kind, number: number, bytes: bytes)))
        return .continue
    }

    func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        .needMoreData
    }
}

/// Writes frames.
final class CallFrameEncoder: MessageToByteEncoder {
    typealias OutboundIn = CallFrame

    func encode(data: CallFrame, out: inout ByteBuffer) throws {
        out.writeInteger(UInt32(data.bytes.readableBytes + CallFrame.headLength))
        out.writeInteger(data.kind.rawValue)
        out.writeInteger(data.number)
        out.writeImmutableBuffer(data.bytes)
    }
}

extension Channel {
    /// Adds the handlers that turn bytes into frames and back.
    func addCallFrames(limit: Int) throws {
        try pipeline.syncOperations.addHandler(ByteToMessageHandler(CallFrameDecoder(limit: limit)))
        try pipeline.syncOperations.addHandler(MessageToByteHandler(CallFrameEncoder()))
    }
}
