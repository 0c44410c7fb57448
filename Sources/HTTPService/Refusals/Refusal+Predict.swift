import ByteJSON
import HTTPTypes

/// The refusals of Gradio's predict routes. Where Gradio's own server answers 422 with a list, so does this one;
/// where it answers 500 for a client's mistake, this one says 400.
extension Refusal {
    private static let example = #"Send {"data": ["data:image/jpeg;base64,…"]}."#

    private static func invalid(_ code: String, _ message: String, _ validation: ValidationDetail) -> Refusal {
        Refusal(.unprocessableContent, code: code, message, validation: validation)
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

    static func invalidJSON(_ problem: JSONScanner.Problem, at position: TextPosition) -> Refusal {
        let place = "line \(position.line), column \(position.column)"
        return invalid(
            "invalid_json", "The body is not valid JSON: \(problem.message) (\(place)).",
            ValidationDetail(
                type: "json_invalid", loc: [.key("body"), .offset(problem.offset)], msg: "JSON decode error",
                ctx: ["error": "\(problem.message) (\(place))"]))
    }

    static let emptyData = Refusal(
        .badRequest, code: "data_empty", "\"data\" is empty: its first element has to be the picture. \(example)")

    static let tooManyInputs = Refusal(
        .badRequest, code: "too_many_inputs",
        "\"data\" has more than 2 elements, but there are two inputs: the picture and, if you like, the version.")

    static func wrongInput(_ kind: JSONScanner.Kind) -> Refusal {
        Refusal(
            .badRequest, code: "wrong_input",
            "The first element of \"data\" is \(kind.inWords); it has to be the picture as text. \(example)")
    }

    static func wrongVersion(_ kind: JSONScanner.Kind) -> Refusal {
        Refusal(
            .badRequest, code: "wrong_input",
            "The second element of \"data\" is \(kind.inWords); it has to be the name of the version as text, or be left out.")
    }

    static func noPicture(_ problem: PictureText.Problem) -> Refusal {
        switch problem {
        case .empty:
            Refusal(.badRequest, code: "picture_empty", "The picture is empty (0 bytes). \(example)")
        case .address(let scheme):
            Refusal(
                .badRequest, code: "address_refused",
                """
                This is an address (\(scheme)://…), and addresses are not fetched: \
                send the picture itself, as {"data": ["data:image/jpeg;base64,…"]}.
                """
            )
        case .malformedDataURL:
            Refusal(
                .badRequest, code: "wrong_data_url",
                "The data URL cannot be read. It has to begin with data:image/jpeg;base64, (or another picture type).")
        case .base64(.truncated):
            Refusal(
                .badRequest, code: "wrong_base64",
                "The picture is not valid base64: it ends in the middle of a group. Was the text cut off?")
        case .base64(.unexpectedByte(let byte, let offset)):
            Refusal(
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
