#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds the first file in a `multipart/form-data` body (RFC 7578) in memory.
package enum Multipart {
    /// Why a body has no file.
    package enum Problem: Error, Equatable {
        /// The content type has no boundary, or one that the RFC does not allow.
        case noBoundary
        /// The body does not match its boundary.
        case malformed
        /// All parts are fields.
        case noFile
    }

    /// The boundary in a content type such as `multipart/form-data; boundary="x"`.
    package static func boundary(of contentType: String) throws(Problem) -> String {
        for parameter in contentType.split(separator: ";").dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmed.lowercased() == "boundary" else { continue }
            var value = pair[1].trimmed
            if value.count > 1, value.hasPrefix("\""), value.hasSuffix("\"") { value = String(value.dropFirst().dropLast()) }
            if (1...70).contains(value.utf8.count) { return value }
        }
        throw .noBoundary
    }

    /// The range of the first file's bytes in `body`: the first part with a file name.
    package static func firstFile(in body: UnsafeBufferPointer<UInt8>, boundary: String) throws(Problem) -> Range<Int> {
        let delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter may be at the very start, without a line break before it.
        let opening = Array(delimiter.dropFirst(2))
        var end = body.starts(with: opening) ? opening.count : 0
        if end == 0 {
            guard let found = find(delimiter, in: body, from: 0) else { throw .malformed }
            end = found + delimiter.count
        }
        while !isClosing(body, at: end) {
            guard let headStart = find([0x0D, 0x0A], in: body, from: end),
                let headEnd = find([0x0D, 0x0A, 0x0D, 0x0A], in: body, from: headStart),
                let next = find(delimiter, in: body, from: headEnd + 2)
            else { throw .malformed }
            let head = String(decoding: body[headStart..<headEnd], as: UTF8.self)
            if namesFile(head) { return min(headEnd + 4, next)..<next }
            end = next + delimiter.count
        }
        throw .noFile
    }

    private static func isClosing(_ body: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        index + 2 <= body.count && body[index] == UInt8(ascii: "-") && body[index + 1] == UInt8(ascii: "-")
    }

    private static func namesFile(_ head: String) -> Bool {
        head.split(whereSeparator: \.isNewline).contains { line in
            let line = line.lowercased()
            guard line.hasPrefix("content-disposition:") else { return false }
            return line.split(separator: ";").dropFirst().contains {
                let name = $0.prefix { $0 != "=" }.trimmed
                return name == "filename" || name == "filename*"
            }
        }
    }

    /// The next occurrence of `pattern`. Every pattern here begins with a carriage return, which is rare in pictures, so `memchr` does nearly
    /// all the work.
    private static func find(_ pattern: [UInt8], in body: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let base = body.baseAddress else { return nil }
        var index = start
        while index + pattern.count <= body.count {
            let candidates = body.count - pattern.count - index + 1
            guard let found = memchr(base + index, Int32(pattern[0]), candidates) else { return nil }
            index = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
            if memcmp(base + index, pattern, pattern.count) == 0 { return index }
            index += 1
        }
        return nil
    }
}

extension StringProtocol {
    /// The text without spaces and tabs at both ends.
    var trimmed: String {
        var part = Substring(self)
        while let first = part.first, first == " " || first == "\t" { part.removeFirst() }
        while let last = part.last, last == " " || last == "\t" { part.removeLast() }
        return String(part)
    }
}
