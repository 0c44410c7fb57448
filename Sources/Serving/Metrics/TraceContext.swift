/// The place of a request in a distributed trace, as the W3C's header `traceparent` carries it.
package struct TraceContext: Sendable, Hashable {
    /// The whole trace, 32 hexadecimal digits.
    package var traceID: String { Self.digits(traceHigh) + Self.digits(traceLow) }
    /// This part of it, 16 hexadecimal digits.
    package var spanID: String { Self.digits(span) }
    /// The part that asked for this one; nil at the root of a trace.
    package var parentSpanID: String? { parent.map(Self.digits) }
    /// Whether the caller records the trace.
    package let isSampled: Bool

    private let traceHigh: UInt64
    private let traceLow: UInt64
    private let span: UInt64
    private let parent: UInt64?

    /// A span of the trace that a request's `traceparent` names. Without the header, or when it is malformed, the root of a new trace.
    package static func incoming(
        _ traceparent: String?, generator: inout some RandomNumberGenerator
    ) -> TraceContext {
        traceparent.flatMap(TraceContext.init(traceparent:))?.child(generator: &generator) ?? root(generator: &generator)
    }

    /// A span of the trace that a request's `traceparent` names. Without the header, or when it is malformed, the root of a new trace.
    package static func incoming(_ traceparent: String?) -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return incoming(traceparent, generator: &generator)
    }

    /// A new span under this one.
    package func child(generator: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(
            traceHigh: traceHigh, traceLow: traceLow, span: Self.identifier(&generator), parent: span, isSampled: isSampled)
    }

    /// A new span under this one.
    package func child() -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return child(generator: &generator)
    }

    /// The header for requests and answers in this span.
    package var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// Reads a header as its sender meant it: the span is the sender's. Nil when it is malformed. Of a version later than 00 what the
    /// standard promises to stay is read.
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

    /// An id of all zeros means none.
    private static func identifier(_ generator: inout some RandomNumberGenerator) -> UInt64 {
        .random(in: 1 ... .max, using: &generator)
    }

    /// Reads small hexadecimal digits; capital ones are malformed here.
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
