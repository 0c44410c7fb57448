import HTTPTypes

/// The refusals of requests that never reach a handler.
extension Refusal {
    static func unknownPath(_ path: String) -> Refusal {
        // What came in goes back only in part: a reply must not be as long as a client likes.
        Refusal(
            .notFound, code: "unknown_path",
            "There is nothing at \(path.prefix(100)). Pictures go to POST /v1/stylize or /api/predict/; / is the page.")
    }

    static func wrongMethod(_ method: HTTPRequest.Method, path: String, allowed: [HTTPRequest.Method]) -> Refusal {
        let list = allowed.map(\.rawValue).joined(separator: " or ")
        var refusal = Refusal(
            .methodNotAllowed, code: "wrong_method",
            "\(method.rawValue.prefix(20)) doesn't work at \(path.prefix(100)); use \(list).")
        refusal.allowedMethods = allowed
        return refusal
    }

    static func bodyTooLarge(limit: Int) -> Refusal {
        Refusal(
            .contentTooLarge, code: "body_too_large",
            """
            The request is larger than the \(megabytes(limit)) MB that are allowed. \
            Send a smaller picture; 1024 pixels a side are plenty.
            """
        )
    }

    static let bodyStalled = Refusal(
        .requestTimeout, code: "body_stalled",
        "The request's body did not arrive in time. Check the connection and send it again.")

    static let bodyTruncated = Refusal(
        .badRequest, code: "body_truncated",
        "The request ended before all of its body had arrived. Send it again.")

    static let bodyMissing = Refusal(
        .badRequest, code: "body_missing",
        "The request has no picture. Send the picture's bytes as the body, or a form with a file in it.")

    static let memoryFull = Refusal(
        .serviceUnavailable, code: "overloaded",
        "The server is receiving too much at once. Please try again in a few seconds.", retryAfter: 5)

    static let starting = Refusal(
        .serviceUnavailable, code: "starting",
        "The server is starting: its model is still being loaded. Please try again in a moment.", retryAfter: 2)

    static let internalError = Refusal(
        .internalServerError, code: "internal",
        "Something went wrong on the server. Please try again; the request's id helps to find the cause in its log.")

    static func badParameter(_ name: String, _ message: String) -> Refusal {
        Refusal(.badRequest, code: "bad_\(name)", message)
    }

    static func unknownStyle(_ name: String, known: [String]) -> Refusal {
        let styles = known.count == 1 ? "The only style is \(known[0])" : "The styles are: \(known.joined(separator: ", "))"
        return Refusal(.badRequest, code: "unknown_style", "There is no style '\(name.prefix(60))'. \(styles).")
    }

    private static func megabytes(_ bytes: Int) -> String {
        let tenths = bytes * 10 / 1_000_000
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
