import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The forms in which a refusal is told.
enum RefusalForm {
    /// RFC 9457 problem details, for everybody who doesn't expect something else.
    case problem
    /// What Gradio's clients read: `detail`, and `error` beside it.
    case gradio
    /// The same for what puts a job into the queue: its clients know one status for "not now", 503.
    case gradioQueue
    /// The Open Inference Protocol's `{"error": "…"}`.
    case inference

    /// The form that the clients of a path expect.
    init(path: String) {
        let isGradio = GradioRoutes.own(path) || ["/api", "/run"].contains { path == $0 || path.hasPrefix($0 + "/") }
        if isGradio {
            self = path.contains("/queue/join") || path.contains("/call/") ? .gradioQueue : .gradio
        } else {
            self = path == "/v2" || path.hasPrefix("/v2/") ? .inference : .problem
        }
    }

    /// The reply.
    func response(_ refusal: Refusal, requestID: String) -> Response {
        let refusal = self == .gradioQueue && refusal.isTemporary ? refusal.asFullQueue : refusal
        var headers = refusal.headers
        headers[.cacheControl] = "no-store"
        let body: Data?
        switch self {
        case .problem:
            headers[.contentType] = "application/problem+json"
            body = try? JSONEncoder.forReplies.encode(ProblemDetails(refusal, requestID: requestID))
        case .gradio, .gradioQueue:
            headers[.contentType] = "application/json"
            body = try? JSONEncoder.forReplies.encode(GradioFault(refusal))
        case .inference:
            headers[.contentType] = "application/json"
            body = try? JSONEncoder.forReplies.encode(["error": refusal.message])
        }
        return Response(
            status: refusal.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body ?? Data())))
    }
}

/// The members of RFC 9457, and two of our own: a stable word for programs, and the id to look for in the log.
private struct ProblemDetails: Encodable {
    var type = "about:blank"
    var title: String
    var status: Int
    var detail: String
    var code: String
    var request_id: String

    init(_ refusal: Refusal, requestID: String) {
        title = refusal.status.reasonPhrase
        status = refusal.status.code
        detail = refusal.message
        code = refusal.code
        request_id = requestID
    }
}

/// `detail` is a list of faults with status 422, and a sentence otherwise; `error` is always the sentence.
private struct GradioFault: Encodable {
    private enum Keys: CodingKey {
        case detail, error
    }

    private let refusal: Refusal

    init(_ refusal: Refusal) { self.refusal = refusal }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(refusal.message, forKey: .error)
        if let validation = refusal.validation {
            try container.encode([validation], forKey: .detail)
        } else {
            try container.encode(refusal.message, forKey: .detail)
        }
    }
}

extension JSONEncoder {
    /// Small replies: stable order, readable addresses. (Multi-megabyte ones are written by hand.)
    static var forReplies: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
