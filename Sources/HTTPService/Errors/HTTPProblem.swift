import HTTPTypes
import JobQueue

/// A request that is not served: the status, and a sentence that says what was wrong and what to do.
struct HTTPProblem: Error, Sendable, Equatable {
    /// The kind of mistake in Gradio's (FastAPI's) words; a reply with it has status 422.
    struct ValidationDetail: Sendable, Equatable, Encodable {
        var type: String
        var loc: [Location]
        var msg: String
        var ctx: [String: String]?
    }

    /// A step of the way to the faulty value: a key, or a byte offset.
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
    /// A stable word for programs.
    var code: String
    /// A sentence for people.
    var message: String
    /// Seconds after which a new try makes sense.
    var retryAfter: Int?
    /// For 405: the methods that the path does take.
    var allowedMethods: [HTTPRequest.Method] = []
    /// For 401 and 403: what would open the access.
    var challenge: String?
    /// Where Gradio itself would answer with a list of faults.
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

    /// The headers that go with the status.
    var headers: HTTPFields {
        var fields = HTTPFields()
        if let retryAfter { fields[.retryAfter] = String(retryAfter) }
        if !allowedMethods.isEmpty { fields[.allow] = allowedMethods.map(\.rawValue).joined(separator: ", ") }
        if let challenge { fields[.wwwAuthenticate] = challenge }
        return fields
    }
}

extension HTTPProblem {
    /// What a failed job means in HTTP.
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
        // A 503 always says when to come back.
        let retryAfter = error.retryAfter ?? (status == .serviceUnavailable ? 5 : nil)
        self.init(status, code: code, error.message, retryAfter: retryAfter)
    }
}

/// The refusals of requests that never reach a handler.
extension HTTPProblem {
    static func unknownPath(_ path: String) -> HTTPProblem {
        // What came in goes back only in part: a reply must not be as long as a client likes.
        HTTPProblem(
            .notFound, code: "unknown_path",
            "There is nothing at \(path.prefix(100)). Pictures go to POST /v1/stylize or /api/predict/; / is the page.")
    }

    static func wrongMethod(_ method: HTTPRequest.Method, path: String, allowed: [HTTPRequest.Method]) -> HTTPProblem {
        let list = allowed.map(\.rawValue).joined(separator: " or ")
        var refusal = HTTPProblem(
            .methodNotAllowed, code: "wrong_method",
            "\(method.rawValue.prefix(20)) doesn't work at \(path.prefix(100)); use \(list).")
        refusal.allowedMethods = allowed
        return refusal
    }

    static func bodyTooLarge(limit: Int) -> HTTPProblem {
        HTTPProblem(
            .contentTooLarge, code: "body_too_large",
            """
            The request is larger than the \(megabytes(limit)) MB that are allowed. \
            Send a smaller picture; 1024 pixels a side are plenty.
            """
        )
    }

    static let bodyStalled = HTTPProblem(
        .requestTimeout, code: "body_stalled",
        "The request's body did not arrive in time. Check the connection and send it again.")

    static let bodyTruncated = HTTPProblem(
        .badRequest, code: "body_truncated",
        "The request ended before all of its body had arrived. Send it again.")

    static let bodyMissing = HTTPProblem(
        .badRequest, code: "body_missing",
        "The request has no picture. Send the picture's bytes as the body, or a form with a file in it.")

    static let memoryFull = HTTPProblem(
        .serviceUnavailable, code: "overloaded",
        "The server is receiving too much at once. Please try again in a few seconds.", retryAfter: 5)

    static let starting = HTTPProblem(
        .serviceUnavailable, code: "starting",
        "The server is starting: its model is still being loaded. Please try again in a moment.", retryAfter: 2)

    static let internalError = HTTPProblem(
        .internalServerError, code: "internal",
        "Something went wrong on the server. Please try again; the request's id helps to find the cause in its log.")

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
