import HTTPTypes

/// The refusals of Gradio's newer routes.
extension Refusal {
    static let sessionNotFound = Refusal(.badRequest, code: "session_missing", "Session hash not found.")

    static let invalidContentType = Refusal(.badRequest, code: "wrong_form", "Invalid content type.")

    static let noUploads = Refusal(
        .badRequest, code: "wrong_form", "The form has no file. Send files as: curl -F files=@photo.jpg.")

    static let brokenUpload = Refusal(
        .badRequest, code: "wrong_form", "The form cannot be read: its parts don't follow its boundary. Was it cut off?")

    static let tooManyUploads = Refusal(
        .badRequest, code: "wrong_form", "The form has more than \(UploadForm.fileLimit) files. Send them one by one.")

    static let wrongEventBody = Refusal(
        .unprocessableContent, code: "invalid_json", #"The body has to be a JSON object such as {"event_id": "…"}."#,
        validation: ValidationDetail(type: "json_invalid", loc: [.key("body")], msg: "JSON decode error"))

    static let shelfFull = Refusal(
        .serviceUnavailable, code: "overloaded",
        "There is no room for more uploaded files at the moment. Please try again in a minute.", retryAfter: 60)

    static let tooManyEvents = Refusal(
        .serviceUnavailable, code: "overloaded",
        "Too many of this client's jobs have not ended yet. Please wait for some of them.",
        retryAfter: 5)

    /// An input object without a picture in it.
    static let noFileInside = Refusal(
        .badRequest, code: "wrong_input",
        #"The picture is an object with neither a path of an uploaded file nor a data: URL: {"path": "…"} or {"url": "data:…"}."#)

    static let noArgument = Refusal(
        .badRequest, code: "data_empty", #"There is no picture. Send {"img": {"path": "…"}} or {"img": {"url": "data:…"}}."#)

    /// What is said of a path that was never given out, and of one that is over, is the same.
    static let fileNotThere = Refusal(
        .badRequest, code: "file_missing",
        "The picture is an object whose path is no uploaded file of this server, or one that is no longer kept. Upload it again.")

    static func fileNotAllowed(_ path: String) -> Refusal {
        Refusal(.forbidden, code: "file_not_allowed", "File not allowed: \(path.prefix(200)).")
    }

    static func rangeNotSatisfiable(length: Int) -> Refusal {
        Refusal(
            .rangeNotSatisfiable, code: "wrong_range", "The range lies outside the file, which has \(length) bytes.")
    }

    /// Whether a later try may do better: such a refusal is told at once. Others are the photo's fault, and its job's end.
    var isTemporary: Bool { status == .serviceUnavailable || status == .tooManyRequests }

    /// As Gradio's clients expect it of a queue: always 503, which they turn into their own exception.
    var asFullQueue: Refusal {
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
