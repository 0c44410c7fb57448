import ByteJSON
import HTTPTypes

/// Problems of calls. Where Gradio's own server responds with 422 and a list, so does this one; where it responds with 500 to a client error,
/// this one responds with 400.
extension HTTPProblem {
    private static let example = #"Send {"data": ["data:image/jpeg;base64,…"]}."#

    private static func invalid(_ code: String, _ message: String, _ validation: ValidationDetail) -> HTTPProblem {
        HTTPProblem(.unprocessableContent, code: code, message, validation: validation)
    }

    static let noBody = invalid(
        "body_missing", "The request has no body. \(example)",
        ValidationDetail(type: "missing", loc: [.key("body")], msg: "Field required"))

    static let noData = invalid(
        "data_missing", "The request has no \"data\". \(example)",
        ValidationDetail(type: "missing", loc: [.key("body"), .key("data")], msg: "Field required"))

    static let notAnObject = invalid(
        "wrong_json", "The body must be a JSON object. \(example)",
        ValidationDetail(type: "model_attributes_type", loc: [.key("body")], msg: "Input should be a valid dictionary"))

    static let dataIsNoList = invalid(
        "wrong_json", "\"data\" must be a list. \(example)",
        ValidationDetail(type: "list_type", loc: [.key("body"), .key("data")], msg: "Input should be a valid list"))

    static func invalidJSON(_ problem: JSONScanner.Problem, at position: TextPosition) -> HTTPProblem {
        let place = "line \(position.line), column \(position.column)"
        return invalid(
            "invalid_json", "The body is not valid JSON: \(problem.message) (\(place)).",
            ValidationDetail(
                type: "json_invalid", loc: [.key("body"), .offset(problem.offset)], msg: "JSON decode error",
                ctx: ["error": "\(problem.message) (\(place))"]))
    }

    static let emptyData = HTTPProblem(
        .badRequest, code: "data_empty", "\"data\" is empty. Its first element must be the picture. \(example)")

    static let tooManyInputs = HTTPProblem(
        .badRequest, code: "too_many_inputs",
        "\"data\" has more than 2 elements. The inputs are the picture and, optionally, the version.")

    static func wrongInput(_ kind: JSONScanner.Kind) -> HTTPProblem {
        HTTPProblem(
            .badRequest, code: "wrong_input",
            "The first element of \"data\" is \(kind.inWords). It must be the picture as text. \(example)")
    }

    static func wrongVersion(_ kind: JSONScanner.Kind) -> HTTPProblem {
        HTTPProblem(
            .badRequest, code: "wrong_input",
            "The second element of \"data\" is \(kind.inWords). It must be the name of the version as text, or be omitted.")
    }

    static func noPicture(_ problem: PictureText.Problem) -> HTTPProblem {
        switch problem {
        case .empty:
            HTTPProblem(.badRequest, code: "picture_empty", "The picture is empty (0 bytes). \(example)")
        case .address(let scheme):
            HTTPProblem(
                .badRequest, code: "address_refused",
                """
                The picture is a URL (\(scheme)://…), and URLs are not fetched. \
                Send the picture itself, as {"data": ["data:image/jpeg;base64,…"]}.
                """
            )
        case .malformedDataURL:
            HTTPProblem(
                .badRequest, code: "wrong_data_url",
                "The data URL is malformed. It must begin with data:image/jpeg;base64, (or another picture type).")
        case .base64(.truncated):
            HTTPProblem(
                .badRequest, code: "wrong_base64",
                "The picture is not valid Base64: it ends within a group of four characters. It may be truncated.")
        case .base64(.unexpectedByte(let byte, let offset)):
            HTTPProblem(
                .badRequest, code: "wrong_base64",
                "The picture is not valid Base64: unexpected \(byte.inWords) at character \(offset + 1).")
        }
    }
}

extension JSONScanner.Kind {
    fileprivate var inWords: String {
        switch self {
        case .object: "an object"
        case .array: "a list"
        case .string: "text"
        case .number: "a number"
        case .boolean: "true or false"
        case .null: "null"
        }
    }
}

extension UInt8 {
    fileprivate var inWords: String {
        (0x21..<0x7F).contains(self)
            ? "'\(Character(Unicode.Scalar(self)))'" : "byte 0x\(String(self, radix: 16, uppercase: true))"
    }
}

/// Problems of uploads, files, queues and sessions.
extension HTTPProblem {
    static let sessionNotFound = HTTPProblem(.badRequest, code: "session_missing", "Session hash not found.")

    static let invalidContentType = HTTPProblem(.badRequest, code: "wrong_form", "Invalid content type.")

    static let noUploads = HTTPProblem(
        .badRequest, code: "wrong_form", "The form has no file. Send files, for example: curl -F files=@photo.jpg.")

    static let brokenUpload = HTTPProblem(
        .badRequest, code: "wrong_form", "The form cannot be parsed: its parts do not match its boundary. It may be truncated.")

    static let tooManyUploads = HTTPProblem(
        .badRequest, code: "wrong_form", "The form has more than \(UploadForm.fileLimit) files. Send them one by one.")

    static let wrongEventBody = HTTPProblem(
        .unprocessableContent, code: "invalid_json", #"The body must be a JSON object such as {"event_id": "…"}."#,
        validation: ValidationDetail(type: "json_invalid", loc: [.key("body")], msg: "JSON decode error"))

    static let uploadStoreFull = HTTPProblem(
        .serviceUnavailable, code: "overloaded",
        "There is no room for more uploads at the moment. Try again in a minute.", retryAfter: 60)

    static let tooManyEvents = HTTPProblem(
        .serviceUnavailable, code: "overloaded",
        "Too many jobs of this client have not ended yet. Wait until some have.",
        retryAfter: 5)

    /// An input object without a picture.
    static let noFileInside = HTTPProblem(
        .badRequest, code: "wrong_input",
        #"The picture is an object without an uploaded file's path or a data URL. Send {"path": "…"} or {"url": "data:…"}."#)

    static let noArgument = HTTPProblem(
        .badRequest, code: "data_empty", #"There is no picture. Send {"img": {"path": "…"}} or {"img": {"url": "data:…"}}."#)

    /// The same for paths that never existed and for expired ones.
    static let fileNotThere = HTTPProblem(
        .badRequest, code: "file_missing",
        "There is no uploaded file at the picture's path, or it has expired. Upload the file again.")

    static func fileNotAllowed(_ path: String) -> HTTPProblem {
        HTTPProblem(.forbidden, code: "file_not_allowed", "File not allowed: \(path.prefix(200)).")
    }

    static func rangeNotSatisfiable(length: Int) -> HTTPProblem {
        HTTPProblem(
            .rangeNotSatisfiable, code: "wrong_range", "The range is outside the file, which has \(length) bytes.")
    }

    /// Whether a later attempt may succeed. Such errors are reported at once, others as the result of the job.
    var isTemporary: Bool { status == .serviceUnavailable || status == .tooManyRequests }

    /// The problem as Gradio's clients expect it from a queue: always 503, which they turn into an exception of their own.
    var asFullQueue: HTTPProblem {
        var problem = self
        problem.status = .serviceUnavailable
        problem.retryAfter = retryAfter ?? 5
        if code == "overloaded" || code == "too_many_requests" {
            let known = "The queue is full: "
            problem.message = "Queue is full. " + (message.hasPrefix(known) ? String(message.dropFirst(known.count)) : message)
        }
        return problem
    }
}
