import ByteJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds a value in a JSON document without building a tree.
///
/// An answer of this service is a few short members around one string of 200 kB. Strings are crossed with `memchr`, so the whole
/// document is walked, and its structure verified, in microseconds.
struct JSONLookup {
    /// What was found, as a place in the bytes.
    struct Value: Equatable {
        enum Kind { case object, list, string, literal }

        let kind: Kind
        /// For a string what lies between its quotes, else the whole text of the value.
        let range: Range<Int>
    }

    /// The document is not JSON.
    struct Fault: Error, Equatable {
        /// Where, in bytes from the beginning.
        let offset: Int
    }

    /// Documents nested deeper are refused: the walk is recursive.
    private static let deepest = 128

    private let bytes: UnsafeRawBufferPointer
    private var at = 0
    private var found: Value?

    /// The value at `path` in `bytes`; nil if the document has none there. The whole document is read in any case.
    static func value(at path: JSONPath, in bytes: UnsafeRawBufferPointer) throws(Fault) -> Value? {
        var lookup = JSONLookup(bytes: bytes)
        try lookup.skipSpace()
        try lookup.walk(path.steps[...], isOnPath: true, depth: 0)
        while lookup.at < bytes.count, isSpace(bytes[lookup.at]) { lookup.at += 1 }
        guard lookup.at == bytes.count else { throw Fault(offset: lookup.at) }
        return lookup.found
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private mutating func walk(_ steps: ArraySlice<JSONPath.Step>, isOnPath: Bool, depth: Int) throws(Fault) {
        guard depth < Self.deepest else { throw Fault(offset: at) }
        let start = at
        let kind: Value.Kind
        var range: Range<Int>?
        switch try current() {
        case UInt8(ascii: "{"):
            kind = .object
            try walkObject(steps, isOnPath: isOnPath, depth: depth)
        case UInt8(ascii: "["):
            kind = .list
            try walkList(steps, isOnPath: isOnPath, depth: depth)
        case UInt8(ascii: "\""):
            kind = .string
            range = try string()
        default:
            kind = .literal
            try literal()
        }
        if isOnPath, steps.isEmpty, found == nil { found = Value(kind: kind, range: range ?? start..<at) }
    }

    private mutating func walkObject(_ steps: ArraySlice<JSONPath.Step>, isOnPath: Bool, depth: Int) throws(Fault) {
        at += 1
        try skipSpace()
        if try current() == UInt8(ascii: "}") { return at += 1 }
        while true {
            guard try current() == UInt8(ascii: "\"") else { throw Fault(offset: at) }
            let name = try string()
            try skipSpace()
            guard try current() == UInt8(ascii: ":") else { throw Fault(offset: at) }
            at += 1
            try skipSpace()
            var leadsOn = false
            if isOnPath, found == nil, case .member(let wanted)? = steps.first { leadsOn = isName(name, wanted) }
            try walk(leadsOn ? steps.dropFirst() : [], isOnPath: leadsOn, depth: depth + 1)
            if try endsAfterValue(UInt8(ascii: "}")) { return }
        }
    }

    private mutating func walkList(_ steps: ArraySlice<JSONPath.Step>, isOnPath: Bool, depth: Int) throws(Fault) {
        at += 1
        try skipSpace()
        if try current() == UInt8(ascii: "]") { return at += 1 }
        var place = 0
        while true {
            var leadsOn = false
            if isOnPath, case .element(place)? = steps.first { leadsOn = true }
            try walk(leadsOn ? steps.dropFirst() : [], isOnPath: leadsOn, depth: depth + 1)
            if try endsAfterValue(UInt8(ascii: "]")) { return }
            place += 1
        }
    }

    /// Steps over the comma after a value (false) or the bracket that ends what the value was in (true).
    private mutating func endsAfterValue(_ bracket: UInt8) throws(Fault) -> Bool {
        try skipSpace()
        let byte = try current()
        guard byte == bracket || byte == UInt8(ascii: ",") else { throw Fault(offset: at) }
        at += 1
        if byte == bracket { return true }
        try skipSpace()
        return false
    }

    /// Steps over a string and says what lies between its quotes.
    private mutating func string() throws(Fault) -> Range<Int> {
        let start = at + 1
        at = start
        while at < bytes.count, let base = bytes.baseAddress {
            guard let quote = memchr(base + at, Int32(UInt8(ascii: "\"")), bytes.count - at) else { break }
            let end = UnsafeRawPointer(quote) - base
            at = end + 1
            var slashes = 0
            while end - slashes > start, bytes[end - slashes - 1] == UInt8(ascii: "\\") { slashes += 1 }
            if slashes.isMultiple(of: 2) { return start..<end }
        }
        throw Fault(offset: bytes.count)
    }

    private mutating func literal() throws(Fault) {
        let start = at
        while at < bytes.count, Self.belongsToLiteral(bytes[at]) { at += 1 }
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<at])
        let isKnown = ["true", "false", "null"].contains { text.elementsEqual($0.utf8) }
        guard isKnown || Self.isNumber(text) else { throw Fault(offset: start) }
    }

    private mutating func skipSpace() throws(Fault) {
        while at < bytes.count, Self.isSpace(bytes[at]) { at += 1 }
        if at == bytes.count { throw Fault(offset: at) }
    }

    private func current() throws(Fault) -> UInt8 {
        guard at < bytes.count else { throw Fault(offset: at) }
        return bytes[at]
    }

    private func isName(_ range: Range<Int>, _ wanted: String) -> Bool {
        let name = UnsafeRawBufferPointer(rebasing: bytes[range])
        return name.elementsEqual(wanted.utf8)
            || (name.contains(UInt8(ascii: "\\")) && JSONString.text(name.bindMemory(to: UInt8.self)) == wanted)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte) && byte != 0x0B && byte != 0x0C
    }

    private static func belongsToLiteral(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
            UInt8(ascii: "."), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    /// A number as JSON writes it, its digits not looked at closer than that.
    private static func isNumber(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let first = text.first, first == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return Double(String(decoding: text, as: UTF8.self)) != nil
    }
}
