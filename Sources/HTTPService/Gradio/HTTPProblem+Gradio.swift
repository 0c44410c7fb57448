import ByteJSON
import HTTPTypes

/// The refusals of Gradio's predict routes. Where Gradio's own server answers 422 with a list, so does this one;
/// where it answers 500 for a client's mistake, this one says 400.
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
        "wrong_json", "The body has to be a JSON object. \(example)",
        ValidationDetail(type: "model_attributes_type", loc: [.key("body")], msg: "Input should be a valid dictionary"))

    static let dataIsNoList = invalid(
        "wrong_json", "\"data\" has to be a list. \(example)",
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
        .badRequest, code: "data_empty", "\"data\" is empty: its first element has to be the picture. \(example)")

    static let tooManyInputs = HTTPProblem(
        .badRequest, code: "too_many_inputs",
        "\"data\" has more than 2 elements, but there are two inputs: the picture and, if you like, the version.")

    static func wrongInput(_ kind: JSONScanner.Kind) -> HTTPProblem {
        HTTPProblem(
            .badRequest, code: "wrong_input",
            "The first element of \"data\" is \(kind.inWords); it has to be the picture as text. \(example)")
    }

    static func wrongVersion(_ kind: JSONScanner.Kind) -> HTTPProblem {
        HTTPProblem(
            .badRequest, code: "wrong_input",
            "The second element of \"data\" is \(kind.inWords); it has to be the name of the version as text, or be left out.")
    }

    static func noPicture(_ problem: PictureText.Problem) -> HTTPProblem {
        switch problem {
        case .empty:
            HTTPProblem(.badRequest, code: "picture_empty", "The picture is empty (0 bytes). \(example)")
        case .address(let scheme):
            HTTPProblem(
                .badRequest, code: "address_refused",
                """
                This is an address (\(scheme)://…), and addresses are not fetched: \
                send the picture itself, as {"data": ["data:image/jpeg;base64,…"]}.
                """
            )
        case .malformedDataURL:
            HTTPProblem(
                .badRequest, code: "wrong_data_url",
                "The data URL cannot be read. It has to begin with data:image/jpeg;base64, (or another picture type).")
        case .base64(.truncated):
            HTTPProblem(
                .badRequest, code: "wrong_base64",
                "The picture is not valid base64: it ends in the middle of a group. Was the text cut off?")
        case .base64(.unexpectedByte(let byte, let offset)):
            HTTPProblem(
                .badRequest, code: "wrong_base64",
                "The picture is not valid base64: \(byte.inWords) at character \(offset + 1) does not belong there.")
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

/// The refusals of Gradio's newer routes.
extension HTTPProblem {
    static let sessionNotFound = HTTPProblem(.badRequest, code: "session_missing", "Session hash not found.")

    static let invalidContentType = HTTPProblem(.badRequest, code: "wrong_form", "Invalid content type.")

    static let noUploads = HTTPProblem(
        .badRequest, code: "wrong_form", "The form has no file. Send files as: curl -F files=@photo.jpg.")

    static let brokenUpload = HTTPProblem(
        .badRequest, code: "wrong_form", "The form cannot be read: its parts don't follow its boundary. Was it cut off?")

    static let tooManyUploads = HTTPProblem(
        .badRequest, code: "wrong_form", "The form has more than \(UploadForm.fileLimit) files. Send them one by one.")

    static let wrongEventBody = HTTPProblem(
        .unprocessableContent, code: "invalid_json", #"The body has to be a JSON object such as {"event_id": "…"}."#,
        validation: ValidationDetail(type: "json_invalid", loc: [.key("body")], msg: "JSON decode error"))

    static let uploadStoreFull = HTTPProblem(
        .serviceUnavailable, code: "overloaded",
        "There is no room for more uploaded files at the moment. Please try again in a minute.", retryAfter: 60)

    static let tooManyEvents = HTTPProblem(
        .serviceUnavailable, code: "overloaded",
        "Too many of this client's jobs have not ended yet. Please wait for some of them.",
        retryAfter: 5)

    /// An input object without a picture in it.
    static let noFileInside = HTTPProblem(
        .badRequest, code: "wrong_input",
        #"The picture is an object with neither a path of an uploaded file nor a data: URL: {"path": "…"} or {"url": "data:…"}."#)

    static let noArgument = HTTPProblem(
        .badRequest, code: "data_empty", #"There is no picture. Send {"img": {"path": "…"}} or {"img": {"url": "data:…"}}."#)

    /// What is said of a path that was never given out, and of one that is over, is the same.
    static let fileNotThere = HTTPProblem(
        .badRequest, code: "file_missing",
        "The picture is an object whose path is no uploaded file of this server, or one that is no longer kept. Upload it again.")

    static func fileNotAllowed(_ path: String) -> HTTPProblem {
        HTTPProblem(.forbidden, code: "file_not_allowed", "File not allowed: \(path.prefix(200)).")
    }

    static func rangeNotSatisfiable(length: Int) -> HTTPProblem {
        HTTPProblem(
            .rangeNotSatisfiable, code: "wrong_range", "The range lies outside the file, which has \(length) bytes.")
    }

    /// Whether a later try may do better: such a refusal is told at once. Others are the photo's fault, and its job's end.
    var isTemporary: Bool { status == .serviceUnavailable || status == .tooManyRequests }

    /// As Gradio's clients expect it of a queue: always 503, which they turn into their own exception.
    var asFullQueue: HTTPProblem {
        var refusal = self
        refusal.status = .serviceUnavailable
        refusal.retryAfter = retryAfter ?? 5
        if code == "overloaded" || code == "too_many_requests" {
            let known = "The queue is full: "
            refusal.message = "Queue is full. " + (message.hasPrefix(known) ? String(message.dropFirst(known.count)) : message)
        }
        return refusal
    }
}
