/// The position of a request in a distributed trace, as in the W3C's `traceparent` header.
package struct TraceContext: Sendable, Hashable {
    /// The trace id, 32 hexadecimal digits.
    package var traceID: String { Self.digits(traceHigh) + Self.digits(traceLow) }
    /// The id of this span, 16 hexadecimal digits.
    package var spanID: String { Self.digits(span) }
    /// The id of the parent span; nil at the root of a trace.
    package var parentSpanID: String? { parent.map(Self.digits) }
    /// Whether the caller records the trace.
    package let isSampled: Bool

    private let traceHigh: UInt64
    private let traceLow: UInt64
    private let span: UInt64
    private let parent: UInt64?

    /// A span in the trace of a request's `traceparent`; the root of a new trace if the header is missing or malformed.
    package static func incoming(
        _ traceparent: String?, generator: inout some RandomNumberGenerator
    ) -> TraceContext {
        traceparent.flatMap(TraceContext.init(traceparent:))?.child(generator: &generator) ?? root(generator: &generator)
    }

    /// A span in the trace of a request's `traceparent`; the root of a new trace if the header is missing or malformed.
    package static func incoming(_ traceparent: String?) -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return incoming(traceparent, generator: &generator)
    }

    /// A new child span.
    package func child(generator: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(
            traceHigh: traceHigh, traceLow: traceLow, span: Self.identifier(&generator), parent: span, isSampled: isSampled)
    }

    /// A new child span.
    package func child() -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return child(generator: &generator)
    }

    /// The header for requests and responses of this span.
    package var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// Parses a header; the span is the sender's. Nil when it is malformed. Of versions later than 00, only the fields that the
    /// standard guarantees are read.
    package init?(traceparent: String) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= Self.length, let version = Self.number(bytes[0..<2]), version != 0xFF else { return nil }
        guard bytes.count == Self.length || (version > 0 && bytes[Self.length] == Self.dash) else { return nil }
        guard [2, 35, 52].allSatisfy({ bytes[$0] == Self.dash }) else { return nil }
        guard let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]),
            let span = Self.number(bytes[36..<52]), let flags = Self.number(bytes[53..<55]), high | low != 0, span != 0
        else { return nil }
        self.init(traceHigh: high, traceLow: low, span: span, parent: nil, isSampled: flags & 1 == 1)
    }

    private init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, parent: UInt64?, isSampled: Bool) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.parent = parent
        self.isSampled = isSampled
    }

    private static let length = 55
    private static let dash = UInt8(ascii: "-")

    private static func root(generator: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(
            traceHigh: identifier(&generator), traceLow: identifier(&generator), span: identifier(&generator), parent: nil,
            isSampled: false)
    }

    /// All zeros would mean "no id".
    private static func identifier(_ generator: inout some RandomNumberGenerator) -> UInt64 {
        .random(in: 1 ... .max, using: &generator)
    }

    /// Parses lower-case hexadecimal digits; the standard forbids upper-case ones.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }

    private static func digits(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
