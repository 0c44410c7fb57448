import Crypto
import HTTPTypes
import JobQueue

/// How long clients may keep what they got.
enum CacheDirectives {
    /// For a picture under a name of its own: it never changes, so a copy stays right even when the service no longer keeps the picture.
    /// The hour is for the client's disk, and has nothing to do with how long results are kept here.
    static let unchanging = "private, max-age=3600, immutable"
}

/// A strong entity tag: equal for equal bytes, and only for those.
struct EntityTag: Sendable {
    /// As the `ETag` header has it, with its quotes.
    let text: String

    /// The tag of `bytes`: their SHA-256.
    init(of bytes: [UInt8]) {
        text = "\"\(SHA256.hash(data: bytes).hexadecimal)\""
    }

    /// Whether an `If-None-Match` names this tag: a list of tags, weak ones included (RFC 9110 compares weakly here), or `*`.
    func isNamed(in field: String?) -> Bool {
        guard let field else { return false }
        return field.split(separator: ",").contains { entry in
            var tag = entry[...]
            while tag.first?.isWhitespace == true { tag.removeFirst() }
            while tag.last?.isWhitespace == true { tag.removeLast() }
            if tag.hasPrefix("W/") { tag.removeFirst(2) }
            return tag == "*" || tag == text
        }
    }
}

/// The `Server-Timing` header: where a request's time went, as browsers show it.
enum ServerTiming {
    /// `queue;dur=0.1, decode;dur=3.1, infer;dur=280.4, total;dur=290.2`: milliseconds, as the header has them.
    static func text(_ result: JobResult, since arrival: ContinuousClock.Instant) -> String {
        let total = StageTiming(name: "total", seconds: arrival.duration(to: .now) / .seconds(1))
        return (result.timings + [total]).map { "\($0.name);dur=\(($0.seconds * 10_000).rounded() / 10)" }.joined(separator: ", ")
    }

    /// What can be said of a request without a picture.
    static func total(_ seconds: Double) -> String { "total;dur=\((seconds * 10_000).rounded() / 10)" }
}

extension HTTPField.Name {
    static let serverTiming = Self("Server-Timing")!
}
