import HTTPTypes
import JobQueue

/// An error response: its status, and a message that says what is wrong and what to do about it.
///
/// `ProblemFormat` writes it as RFC 9457 problem details, or as another API's clients expect.
struct HTTPProblem: Error, Sendable, Equatable {
    /// A validation error in FastAPI's format, which Gradio uses with status 422.
    struct ValidationDetail: Sendable, Equatable, Encodable {
        var type: String
        var loc: [Location]
        var msg: String
        var ctx: [String: String]?
    }

    /// A step on the path to the invalid value: a key, or a byte offset.
    enum Location: Sendable, Equatable, Encodable {
        case key(String)
        case offset(Int)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .key(let key): try container.encode(key)
            case .offset(let offset): try container.encode(offset)
            }
        }
    }

    var status: HTTPResponse.Status
    /// A stable identifier for programs.
    var code: String
    /// A message for people.
    var message: String
    /// After how many seconds to try again.
    var retryAfter: Int?
    /// For 405: the methods of the path.
    var allowedMethods: [HTTPRequest.Method] = []
    /// For 401 and 403: the value of `WWW-Authenticate`.
    var challenge: String?
    /// Set where Gradio itself responds with a list of validation errors.
    var validation: ValidationDetail?

    init(
        _ status: HTTPResponse.Status, code: String, _ message: String,
        retryAfter: Int? = nil, validation: ValidationDetail? = nil, challenge: String? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.validation = validation
        self.challenge = challenge
    }

    /// The header fields that go with the status.
    var headers: HTTPFields {
        var fields = HTTPFields()
        if let retryAfter { fields[.retryAfter] = String(retryAfter) }
        if !allowedMethods.isEmpty { fields[.allow] = allowedMethods.map(\.rawValue).joined(separator: ", ") }
        if let challenge { fields[.wwwAuthenticate] = challenge }
        return fields
    }
}

extension HTTPProblem {
    /// The error response for a failed job.
    init(_ error: JobError) {
        let status: HTTPResponse.Status =
            switch error.kind {
            case .badRequest, .unknownStyle: .badRequest
            case .unsupportedImage: .unsupportedMediaType
            case .imageTooLarge: .contentTooLarge
            case .overloaded, .tooSlow, .draining, .storeUnavailable, .cancelled, .expired: .serviceUnavailable
            case .tooManyRequests: .tooManyRequests
            case .conflict: .unprocessableContent
            case .internal: .internalServerError
            }
        let code =
            switch error.kind {
            case .badRequest: "bad_request"
            case .unknownStyle: "unknown_style"
            case .unsupportedImage: "unsupported_image"
            case .imageTooLarge: "image_too_large"
            case .overloaded: "overloaded"
            case .tooSlow: "too_slow"
            case .draining: "draining"
            case .storeUnavailable: "store_unavailable"
            case .tooManyRequests: "too_many_requests"
            case .expired: "deadline"
            case .conflict: "conflict"
            case .cancelled: "cancelled"
            case .internal: "internal"
            }
        // A 503 always has `Retry-After`.
        let retryAfter = error.retryAfter ?? (status == .serviceUnavailable ? 5 : nil)
        self.init(status, code: code, error.message, retryAfter: retryAfter)
    }
}

/// Problems of requests in general.
extension HTTPProblem {
    static func unknownPath(_ path: String) -> HTTPProblem {
        // Truncated, so that a client does not determine the length of the response.
        HTTPProblem(
            .notFound, code: "unknown_path",
            "There is nothing at \(path.prefix(100)). Send pictures to POST /v1/stylize or /api/predict/; the page is at /.")
    }

    static func wrongMethod(_ method: HTTPRequest.Method, path: String, allowed: [HTTPRequest.Method]) -> HTTPProblem {
        let list = allowed.map(\.rawValue).joined(separator: " or ")
        var problem = HTTPProblem(
            .methodNotAllowed, code: "wrong_method",
            "\(path.prefix(100)) does not support \(method.rawValue.prefix(20)). Use \(list).")
        problem.allowedMethods = allowed
        return problem
    }

    static func bodyTooLarge(limit: Int) -> HTTPProblem {
        HTTPProblem(
            .contentTooLarge, code: "body_too_large",
            """
            The request body is larger than the limit of \(megabytes(limit)) MB. \
            Send a smaller picture; 1024 pixels per side are enough.
            """
        )
    }

    static let bodyStalled = HTTPProblem(
        .requestTimeout, code: "body_stalled",
        "The request body did not arrive in time. Check the connection and try again.")

    static let bodyTruncated = HTTPProblem(
        .badRequest, code: "body_truncated",
        "The request ended before its whole body had arrived. Try again.")

    static let bodyMissing = HTTPProblem(
        .badRequest, code: "body_missing",
        "The request has no picture. Send the picture as the body, or a form with a file.")

    static let memoryFull = HTTPProblem(
        .serviceUnavailable, code: "overloaded",
        "The server is receiving too many large requests. Try again in a few seconds.", retryAfter: 5)

    static let starting = HTTPProblem(
        .serviceUnavailable, code: "starting",
        "The server is starting and still loading its model. Try again in a moment.", retryAfter: 2)

    static let internalError = HTTPProblem(
        .internalServerError, code: "internal",
        "An internal error occurred. Try again. The server's log has the cause under the request ID.")

    static func badParameter(_ name: String, _ message: String) -> HTTPProblem {
        HTTPProblem(.badRequest, code: "bad_\(name)", message)
    }

    static func unknownStyle(_ name: String, known: [String]) -> HTTPProblem {
        let styles = known.count == 1 ? "The only style is \(known[0])" : "The styles are: \(known.joined(separator: ", "))"
        return HTTPProblem(.badRequest, code: "unknown_style", "There is no style '\(name.prefix(60))'. \(styles).")
    }

    private static func megabytes(_ bytes: Int) -> String {
        let tenths = bytes * 10 / 1_000_000
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
