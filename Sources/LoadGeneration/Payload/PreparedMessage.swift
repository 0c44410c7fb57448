import NIOCore
import NIOHPACK

/// A request with its bytes prepared. What differs from request to request (its id, a counter) is written into small pieces; the rest is
/// shared by all users and never copied.
struct PreparedMessage {
    /// What is written into a piece for each request.
    enum Edit {
        /// 12 hexadecimal digits of the request's number.
        case id
        case counter(CounterPatch)
    }

    /// A run of bytes.
    struct Piece {
        var bytes: ByteBuffer
        /// Where in `bytes` something is written; empty for shared bytes.
        var edits: [(offset: Int, edit: Edit)] = []
    }

    /// The whole message as HTTP/1.1 sends it.
    let http1: [Piece]
    /// The header fields as HTTP/2 sends them, without the id.
    let fields: HPACKHeaders
    /// The body alone, as HTTP/2 sends it.
    let body: [Piece]
    /// Head and body in HTTP/1.1.
    let byteCount: Int
    /// The digits of an id that change.
    static let idDigits = 12
    /// Up to this many bytes between two edits are copied rather than sent as a piece of their own.
    private static let copyLimit = 4096

    init(_ template: RequestTemplate, body: RequestBody?, target: LoadTarget, keepAlive: Bool, idPrefix: String) {
        var fields: [(String, String)] = []
        if let body {
            fields.append(("Content-Length", String(body.bytes.count)))
        } else if ["POST", "PUT", "PATCH"].contains(template.method) {
            fields.append(("Content-Length", "0"))
        }
        for (name, value) in Self.defaultFields
        where !template.headers.contains(where: { $0.name.lowercased() == name.lowercased() }) {
            fields.append((name, value))
        }
        fields += template.headers.map { ($0.name, $0.value) }

        let path = target.basePath + template.path
        var head = "\(template.method) \(path) HTTP/1.1\r\nHost: \(target.authority)\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if !keepAlive { head += "Connection: close\r\n" }
        head += "X-Request-Id: \(idPrefix)-"
        let idOffset = head.utf8.count
        let tail = String(repeating: "0", count: Self.idDigits) + "\r\n\r\n"

        let bytes = body?.bytes ?? []
        let patches = body?.patches ?? []
        let headBytes = Array((head + tail).utf8)
        http1 = Self.pieces(
            headBytes + bytes,
            [(idOffset, Self.idDigits, .id)] + patches.map { ($0.offset + headBytes.count, $0.length, .counter($0)) })
        self.body = Self.pieces(bytes, patches.map { ($0.offset, $0.length, .counter($0)) })
        self.fields = HPACKHeaders(
            [
                (":method", template.method), (":scheme", target.isSecure ? "https" : "http"),
                (":authority", target.authority), (":path", path),
            ] + fields.map { ($0.0.lowercased(), $0.1) })
        byteCount = headBytes.count + bytes.count
    }

    private static let defaultFields = [("Accept", "*/*"), ("User-Agent", "sakuga-loadtest")]

    /// Cuts `bytes` into pieces: small ones round the edits, large ones between them.
    private static func pieces(_ bytes: [UInt8], _ edits: [(offset: Int, length: Int, edit: Edit)]) -> [Piece] {
        var pieces: [Piece] = []
        var start = 0
        var open: (start: Int, end: Int, edits: [(offset: Int, edit: Edit)])?
        func close(upTo next: Int) {
            guard let piece = open else { return }
            let end = next - piece.end <= copyLimit ? next : piece.end
            pieces.append(Piece(bytes: ByteBuffer(bytes: bytes[piece.start..<end]), edits: piece.edits))
            start = end
            open = nil
        }
        for (offset, length, edit) in edits {
            if let piece = open, offset - piece.end > copyLimit { close(upTo: piece.end) }
            if open == nil {
                let from = offset - start <= copyLimit ? start : offset
                if from > start { pieces.append(Piece(bytes: ByteBuffer(bytes: bytes[start..<from]))) }
                open = (from, from, [])
            }
            let from = open?.start ?? 0
            open?.end = offset + length
            open?.edits.append((offset - from, edit))
        }
        close(upTo: bytes.count)
        if start < bytes.count { pieces.append(Piece(bytes: ByteBuffer(bytes: bytes[start...]))) }
        return pieces
    }
}

extension PreparedMessage {
    /// Sends the bytes of `pieces` for request `number`, buffer by buffer. `scratch` belongs to the connection, which reuses it without
    /// allocation once its former content has been written.
    static func fill(
        _ pieces: [Piece], number: UInt64, scratch: inout ByteBuffer, send: (ByteBuffer) -> Void
    ) {
        scratch.clear()
        for piece in pieces where !piece.edits.isEmpty {
            let start = scratch.writerIndex
            scratch.writeImmutableBuffer(piece.bytes)
            for (offset, edit) in piece.edits { write(edit, number, at: start + offset, in: &scratch) }
        }
        for piece in pieces {
            if piece.edits.isEmpty {
                send(piece.bytes)
            } else if let part = scratch.readSlice(length: piece.bytes.readableBytes) {
                send(part)
            }
        }
    }

    private static func write(_ edit: Edit, _ number: UInt64, at offset: Int, in buffer: inout ByteBuffer) {
        let place = offset - buffer.readerIndex
        buffer.withUnsafeMutableReadableBytes { raw in
            let room = UnsafeMutableBufferPointer(rebasing: raw.bindMemory(to: UInt8.self)[place...])
            switch edit {
            case .id: CounterPatch.writeDigits(number, count: idDigits, into: room)
            case .counter(let patch): patch.write(number, into: room)
            }
        }
    }
}

extension PreparedMessage {
    /// The id of request `number`, as sent and as failures quote it.
    static func id(_ prefix: String, _ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return "\(prefix)-\(String(repeating: "0", count: max(0, idDigits - digits.utf8.count)))\(digits.suffix(idDigits))"
    }
}
