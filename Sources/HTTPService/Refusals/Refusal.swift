import HTTPTypes

/// A request that is not served: the status, and a sentence that says what was wrong and what to do.
struct Refusal: Error, Sendable, Equatable {
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
    /// For 401 and 403: what would open the door.
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
