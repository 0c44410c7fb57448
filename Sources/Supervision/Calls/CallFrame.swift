import NIOCore

/// What travels over a local socket: a length, a kind, the call's number, and bytes.
struct CallFrame: Sendable {
    enum Kind: UInt8, Sendable {
        case call
        case reply
        /// The call could not be answered; the bytes are a sentence.
        case failure
        /// Whoever called does not wait any more.
        case cancel
    }

    var kind: Kind
    var number: UInt64
    var bytes: ByteBuffer

    /// Bytes in front of the payload: length (of what follows it), kind, number.
    static let headLength = 4 + 1 + 8
}

/// Something on the socket that is no frame, or too long a one.
struct BadFrame: Error {}

/// Cuts a stream into frames.
final class CallFrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = CallFrame

    private let limit: Int

    /// Frames with more than `limit` bytes of payload end the connection.
    init(limit: Int) { self.limit = limit }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        let start = buffer.readerIndex
        guard let length: UInt32 = buffer.getInteger(at: start) else { return .needMoreData }
        guard length >= 9, Int(length) - 9 <= limit else { throw BadFrame() }
        guard buffer.readableBytes >= 4 + Int(length) else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: 4)
        guard let kind: UInt8 = buffer.readInteger(), let number: UInt64 = buffer.readInteger(),
            let bytes = buffer.readSlice(length: Int(length) - 9)
        else { throw BadFrame() }
        guard let kind = CallFrame.Kind(rawValue: kind) else { throw BadFrame() }
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
        out.writeInteger(UInt32(data.bytes.readableBytes + 9))
        out.writeInteger(data.kind.rawValue)
        out.writeInteger(data.number)
        out.writeImmutableBuffer(data.bytes)
    }
}

extension Channel {
    /// Makes the channel carry frames.
    func addCallFrames(limit: Int) throws {
        try pipeline.syncOperations.addHandler(ByteToMessageHandler(CallFrameDecoder(limit: limit)))
        try pipeline.syncOperations.addHandler(MessageToByteHandler(CallFrameEncoder()))
    }
}
