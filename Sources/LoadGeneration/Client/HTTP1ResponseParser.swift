package import NIOCore

/// Parses the responses of an HTTP/1.1 server, one after the other, incrementally.
///
/// Faster than NIO's general decoder: it builds no list of fields and reads of a head only the body's length and whether the connection is
/// kept alive. Requests are prepared bytes, so there is no encoder to tell NIO's decoder about a HEAD request. Heads, chunk lines and bodies
/// are bounded.
package struct HTTP1ResponseParser {
    /// Heads longer than this are refused.
    package static let maximumHeadBytes = 64 << 10

    private enum Stage: Equatable {
        case head
        case counted(remaining: Int)
        case untilClose
        case chunkSize
        case chunk(remaining: Int)
        case chunkEnd
        case trailers
    }

    /// What has been read of the present response.
    package private(set) var response = TargetResponse()
    /// Whether the connection can carry another request after this response.
    package private(set) var keepsAlive = true
    private var stage = Stage.head
    private var isHeadRequest = false
    private var retention = TargetResponse.BodyRetention.prefix
    private var bodyBytes = 0
    private let maximumBody: Int
    /// An incomplete line or head.
    private var buffered = ByteBuffer()

    /// Bodies above `maximumBody` bytes are refused.
    package init(maximumBody: Int) { self.maximumBody = maximumBody }

    /// Prepares for the response to the next request.
    package mutating func begin(isHeadRequest: Bool, retention: TargetResponse.BodyRetention) {
        response = TargetResponse()
        keepsAlive = true
        stage = .head
        self.isHeadRequest = isHeadRequest
        self.retention = retention
        bodyBytes = 0
        buffered = ByteBuffer()
    }

    /// Returns the response and forgets it, so that its body has one owner.
    mutating func takeResponse() -> TargetResponse {
        defer { response = TargetResponse() }
        return response
    }

    /// Reads from `bytes` until the response is complete (true) or the bytes are used up (false). Bytes after the response are left.
    package mutating func read(_ bytes: inout ByteBuffer) throws(RequestFailure) -> Bool {
        let before = bytes.readableBytes
        defer { response.received += before - bytes.readableBytes }
        while true {
            switch stage {
            case .head:
                guard let head = try takeHead(&bytes) else { return false }
                if try beginBody(head) { return true }
            case .counted(let remaining):
                let count = min(remaining, bytes.readableBytes)
                try take(&bytes, count, expected: remaining)
                if count == remaining { return true }
                stage = .counted(remaining: remaining - count)
                return false
            case .untilClose:
                try take(&bytes, bytes.readableBytes)
                return false
            case .chunkSize:
                guard let line = try takeLine(&bytes) else { return false }
                let size = try HTTP1Head.chunkSize(line)
                stage = size == 0 ? .trailers : .chunk(remaining: size)
            case .chunk(let remaining):
                let count = min(remaining, bytes.readableBytes)
                try take(&bytes, count)
                guard count == remaining else {
                    stage = .chunk(remaining: remaining - count)
                    return false
                }
                stage = .chunkEnd
            case .chunkEnd:
                guard let line = try takeLine(&bytes) else { return false }
                guard line.readableBytes == 0 else { throw .malformed("a chunk is longer than it says") }
                stage = .chunkSize
            case .trailers:
                guard let line = try takeLine(&bytes) else { return false }
                if line.readableBytes == 0 { return true }
            }
        }
    }

    /// The server has closed the connection: whether that completes the response.
    package mutating func endOfStream() -> Bool { stage == .untilClose }

    private mutating func beginBody(_ bytes: ByteBuffer) throws(RequestFailure) -> Bool {
        let head = try HTTP1Head(bytes)
        // 100 and 103 precede the final response; 101 was not requested.
        if (100..<200).contains(head.status), head.status != 101 { return false }
        guard head.status >= 200 else { throw .malformed("101 Switching Protocols was not asked for") }
        response.status = head.status
        response.location = head.location
        keepsAlive = head.keepsAlive
        if isHeadRequest || head.status == 204 || head.status == 304 { return true }
        if head.isChunked {
            stage = .chunkSize
        } else if let length = head.contentLength {
            guard length <= maximumBody else { throw .responseTooLong(maximumBody) }
            if length == 0 { return true }
            stage = .counted(remaining: length)
        } else {
            stage = .untilClose
            keepsAlive = false
        }
        return false
    }

    private mutating func take(_ bytes: inout ByteBuffer, _ count: Int, expected: Int = 0) throws(RequestFailure) {
        bodyBytes += count
        guard bodyBytes <= maximumBody else { throw .responseTooLong(maximumBody) }
        guard let data = bytes.readSlice(length: count) else { return }
        response.append(data, retention, expected: expected)
    }

    /// The head with its final empty line; nil while it is incomplete.
    private mutating func takeHead(_ bytes: inout ByteBuffer) throws(RequestFailure) -> ByteBuffer? {
        if buffered.readableBytes == 0, let length = HTTP1Head.length(bytes.readableBytesView) {
            return bytes.readSlice(length: length)
        }
        let already = buffered.readableBytes
        buffered.writeImmutableBuffer(bytes)
        guard let length = HTTP1Head.length(buffered.readableBytesView) else {
            bytes.moveReaderIndex(to: bytes.writerIndex)
            guard buffered.readableBytes <= Self.maximumHeadBytes else { throw .malformed("its head has no end") }
            // What cannot become a head is rejected at once.
            try HTTP1Head.verifyBeginning(buffered)
            return nil
        }
        defer { buffered.clear() }
        guard length > already else {
            return buffered.getSlice(at: buffered.readerIndex, length: length)
        }
        bytes.moveReaderIndex(forwardBy: length - already)
        return buffered.getSlice(at: buffered.readerIndex, length: length)
    }

    /// The line without its line break; nil while it is incomplete.
    private mutating func takeLine(_ bytes: inout ByteBuffer) throws(RequestFailure) -> ByteBuffer? {
        let view = bytes.readableBytesView
        guard let newline = view.firstIndex(of: UInt8(ascii: "\n")) else {
            buffered.writeBuffer(&bytes)
            guard buffered.readableBytes <= Self.maximumHeadBytes else { throw .malformed("a chunk's line has no end") }
            return nil
        }
        var part = bytes.readSlice(length: newline - view.startIndex + 1) ?? ByteBuffer()
        var line = buffered
        buffered = ByteBuffer()
        line.writeBuffer(&part)
        let text = line.readableBytesView.dropLast()
        let length = text.last == UInt8(ascii: "\r") ? text.count - 1 : text.count
        return line.getSlice(at: line.readerIndex, length: length)
    }
}
