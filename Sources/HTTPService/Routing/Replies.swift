import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore

extension Response {
    /// A JSON response that caches do not keep.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSONEncoder.forReplies.encode(value))))
    }
}

extension JSONEncoder {
    /// For small documents, with sorted keys and readable URLs. (Those of megabytes are put together by hand.)
    static var forReplies: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

/// Values of `Cache-Control`.
enum CacheDirectives {
    /// For a picture at a URL of its own, which never changes. The hour limits the client's disk usage and is independent of how long the
    /// service keeps results.
    static let immutable = "private, max-age=3600, immutable"
}

/// A strong entity tag: the same for the same bytes, and only for those.
struct EntityTag: Sendable {
    /// The value of `ETag`, with its quotes.
    let text: String

    /// The tag of `bytes`: their SHA-256.
    init(of bytes: [UInt8]) {
        text = "\"\(SHA256.hash(data: bytes).hexadecimal)\""
    }

    /// Whether `If-None-Match` matches this tag: it is a list of tags, compared weakly (RFC 9110), or `*`.
    func matches(_ field: String?) -> Bool {
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

/// The `Server-Timing` field: the time of a request's stages, which browsers display.
enum ServerTiming {
    /// `queue;dur=0.1, decode;dur=3.1, infer;dur=280.4, total;dur=290.2`, in milliseconds.
    static func text(_ result: JobResult, since arrival: ContinuousClock.Instant) -> String {
        let total = StageTiming(name: "total", seconds: arrival.duration(to: .now) / .seconds(1))
        return (result.timings + [total]).map { "\($0.name);dur=\(($0.seconds * 10_000).rounded() / 10)" }.joined(separator: ", ")
    }

    /// The value for a response without a picture.
    static func total(_ seconds: Double) -> String { "total;dur=\((seconds * 10_000).rounded() / 10)" }
}

extension HTTPField.Name {
    static let serverTiming = Self("Server-Timing")!
}
