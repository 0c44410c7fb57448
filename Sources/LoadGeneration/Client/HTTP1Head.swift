import NIOCore

/// The head of an HTTP/1 response, as far as it concerns its body and its connection.
struct HTTP1Head {
    private(set) var status = 0
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var keepsAlive = true
    /// Only read where the status is 201 or 202.
    private(set) var location: String?

    /// Reads a head with its empty line at the end.
    init(_ head: ByteBuffer) throws(RequestFailure) {
        let fault: RequestFailure? = head.withUnsafeReadableBytes { bytes in
            do throws(RequestFailure) {
                try self.read(bytes)
                return nil
            } catch {
                return error
            }
        }
        if let fault { throw fault }
    }

    /// The length of a head with its final empty line; nil without the empty line.
    static func length(_ bytes: ByteBufferView) -> Int? {
        bytes.withUnsafeBytes { raw in
            var at = 0
            while let newline = raw[at...].firstIndex(of: UInt8(ascii: "\n")) {
                // A line that ends and the next one that is empty, with or without its carriage return.
                let next = newline + 1
                if next < raw.count, raw[next] == UInt8(ascii: "\n") { return next + 1 }
                if next + 1 < raw.count, raw[next] == UInt8(ascii: "\r"), raw[next + 1] == UInt8(ascii: "\n") { return next + 2 }
                at = next
            }
            return nil
        }
    }

    /// Rejects at once what cannot become HTTP, without waiting for the end of the head.
    static func verifyBeginning(_ head: ByteBuffer) throws(RequestFailure) {
        guard head.readableBytesView.starts(with: "HTTP/1.".utf8.prefix(head.readableBytes)) else {
            throw .malformed("the answer begins with \(quoted(head.readableBytesView.prefix(24)))")
        }
    }

    /// The number of a chunk's line.
    static func chunkSize(_ line: ByteBuffer) throws(RequestFailure) -> Int {
        let digits = line.readableBytesView.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        guard !digits.isEmpty, digits.count <= 12, digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
            let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw .malformed("a chunk's size is \(quoted(line.readableBytesView.prefix(24)))") }
        return size
    }

    private mutating func read(_ bytes: UnsafeRawBufferPointer) throws(RequestFailure) {
        var at = try readStatusLine(bytes)
        while at < bytes.count {
            guard let newline = bytes[at...].firstIndex(of: UInt8(ascii: "\n")) else { break }
            var end = newline
            if end > at, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
            if end > at { try readField(UnsafeRawBufferPointer(rebasing: bytes[at..<end])) }
            at = newline + 1
        }
    }

    /// `HTTP/1.x nnn …`; where the next line begins.
    private mutating func readStatusLine(_ bytes: UnsafeRawBufferPointer) throws(RequestFailure) -> Int {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        let digits = (9..<12).map { $0 < line.count ? Int(line[$0]) - 0x30 : -1 }
        guard line.starts(with: "HTTP/1.".utf8), line.count >= 12, line[8] == UInt8(ascii: " "),
            digits.allSatisfy({ (0...9).contains($0) }), digits[0] > 0, line.count == 12 || line[12] == 0x20 || line[12] == 0x0D
        else { throw .malformed("the answer begins with \(Self.quoted(line.prefix(24)))") }
        status = digits[0] * 100 + digits[1] * 10 + digits[2]
        keepsAlive = line[7] != UInt8(ascii: "0")
        return line.count + 1
    }

    private mutating func readField(_ line: UnsafeRawBufferPointer) throws(RequestFailure) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else {
            throw .malformed("the line \(Self.quoted(line.prefix(40))) is no header field")
        }
        let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
        // The length is compared first: only two names of a usual head are compared at all.
        switch name.count {
        case 8 where location == nil && (201...202).contains(status) && Self.equal(name, "location"):
            location = String(decoding: Self.trimmed(line, after: colon), as: UTF8.self)
        case 10 where Self.equal(name, "connection"):
            readConnection(String(decoding: Self.trimmed(line, after: colon), as: UTF8.self).lowercased())
        case 14 where Self.equal(name, "content-length"):
            let text = String(decoding: Self.trimmed(line, after: colon), as: UTF8.self)
            guard let length = Int(text), length >= 0, text.first != "+", contentLength == nil || contentLength == length else {
                throw .malformed("its length is \"\(text.prefix(24))\"")
            }
            contentLength = length
        case 17 where Self.equal(name, "transfer-encoding"):
            isChunked = String(decoding: Self.trimmed(line, after: colon), as: UTF8.self).lowercased().hasSuffix("chunked")
        default: break
        }
    }

    private mutating func readConnection(_ value: String) {
        if value.contains("close") { keepsAlive = false } else if value.contains("keep-alive") { keepsAlive = true }
    }

    private static func equal(_ name: UnsafeRawBufferPointer, _ lowercase: StaticString) -> Bool {
        lowercase.withUTF8Buffer { wanted in
            for at in 0..<name.count where name[at] | 0x20 != wanted[at] && name[at] != wanted[at] { return false }
            return true
        }
    }

    private static func trimmed(_ line: UnsafeRawBufferPointer, after colon: Int) -> UnsafeRawBufferPointer {
        var (start, end) = (colon + 1, line.count)
        while start < end, line[start] == 0x20 || line[start] == 0x09 { start += 1 }
        while end > start, line[end - 1] == 0x20 || line[end - 1] == 0x09 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: line[start..<end])
    }

    private static func quoted(_ bytes: some Sequence<UInt8>) -> String {
        "\"" + String(decoding: bytes.map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: ".") }, as: UTF8.self) + "\""
    }
}
