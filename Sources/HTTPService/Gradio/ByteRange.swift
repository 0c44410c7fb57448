/// A `Range` header of one range (RFC 9110, section 14).
enum ByteRange: Equatable {
    /// There is none, or one that need not be understood: the whole file is the answer.
    case whole
    case part(ClosedRange<Int>)
    /// It lies outside the file.
    case outside

    init(_ field: String?, length: Int) {
        guard let field, field.lowercased().hasPrefix("bytes=") else {
            self = .whole
            return
        }
        let parts = field.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false).map(\.trimmed)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            self = .whole
            return
        }
        switch (Int(parts[0]), Int(parts[1])) {
        case (let first?, let last?): self = first <= last ? Self.clipped(first, last, length) : .whole
        case (let first?, nil) where parts[1].isEmpty: self = Self.clipped(first, length - 1, length)
        case (nil, let count?) where parts[0].isEmpty:
            self = count == 0 || length == 0 ? .outside : .part(max(0, length - count)...length - 1)
        default: self = .whole
        }
    }

    private static func clipped(_ first: Int, _ last: Int, _ length: Int) -> ByteRange {
        first < length ? .part(first...min(last, length - 1)) : .outside
    }
}
