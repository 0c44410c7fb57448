import ByteJSON
import Foundation
import HTTPTypes
import JobQueue
import NIOCore

/// An inference request with Triton's binary tensor extension: a BYTES tensor of one element, the encoded picture, either as Base64 in the
/// JSON or as bytes after the JSON.
struct InferRequest: Sendable {
    /// The parameters of a request.
    struct Parameters: Decodable, Sendable {
        var size: Int?
        var fit: String?
        var format: String?
        var quality: Int?
        /// The default of `binary_data` of each output.
        var binary_data_output: Bool?
    }

    /// A requested output.
    struct Output: Decodable, Sendable {
        struct Parameters: Decodable, Sendable {
            var binary_data: Bool?
        }

        var name: String
        var parameters: Parameters?
    }

    private struct InputParameters: Decodable {
        var binary_data_size: Int?
    }

    /// The ID that the response repeats.
    var id: String?
    var parameters: Parameters
    /// The picture, encoded as JPEG or another format.
    var image: [UInt8]
    /// Whether the picture is to follow the JSON as bytes.
    var wantsBinary: Bool

    /// Parses a body. `headLength` is the value of `Inference-Header-Content-Length`: the length of the JSON, if bytes follow it.
    init(body: ByteBuffer, headLength: Int?) throws(HTTPProblem) {
        self = try body.withUnsafeReadableBytes { raw throws(HTTPProblem) in
            let bytes = raw.bindMemory(to: UInt8.self)
            let length = headLength ?? bytes.count
            guard (0...bytes.count).contains(length) else {
                throw .inference("Inference-Header-Content-Length is \(length), but the body has \(bytes.count) bytes.")
            }
            return try InferRequest(
                head: UnsafeBufferPointer(rebasing: bytes[..<length]), tail: UnsafeBufferPointer(rebasing: bytes[length...]))
        }
    }

    private init(head: UnsafeBufferPointer<UInt8>, tail: UnsafeBufferPointer<UInt8>) throws(HTTPProblem) {
        let members = try Members(head)
        guard members.inputs.count == 1, let input = members.inputs.first else {
            throw .inference(
                "The request must have one input, \(OpenInferenceRoutes.tensorName), but has \(members.inputs.count).")
        }
        guard input.name == OpenInferenceRoutes.tensorName else {
            throw .inference("The input's name must be \(OpenInferenceRoutes.tensorName), not '\(input.name.prefix(60))'.")
        }
        guard input.datatype == "BYTES" else {
            throw .inference("The input's datatype must be BYTES (the encoded picture), not '\(input.datatype.prefix(20))'.")
        }
        let shape: [Int] = try Self.decoded(input.shape, of: head, "shape") ?? [1]
        guard shape == [1] || shape == [1, 1] else {
            throw .inference("The input's shape must be [1] or [1, 1]: one picture per request.")
        }
        id = try Self.decoded(members.id, of: head, "id")
        parameters = try Self.decoded(members.parameters, of: head, "parameters") ?? Parameters()
        let outputs: [Output] = try Self.decoded(members.outputs, of: head, "outputs") ?? []
        guard outputs.allSatisfy({ $0.name == OpenInferenceRoutes.tensorName }), outputs.count <= 1 else {
            throw .inference("The only output is \(OpenInferenceRoutes.tensorName).")
        }
        wantsBinary = outputs.first?.parameters?.binary_data ?? parameters.binary_data_output ?? false
        let inputParameters: InputParameters? = try Self.decoded(input.parameters, of: head, "parameters of the input")
        if let size = inputParameters?.binary_data_size {
            image = try Self.rawElement(tail, size: size)
        } else {
            image = try Self.textElement(input.data, of: head)
        }
    }

    /// A BYTES element: its length in four bytes, little-endian, and its bytes.
    private static func rawElement(_ tail: UnsafeBufferPointer<UInt8>, size: Int) throws(HTTPProblem) -> [UInt8] {
        guard size == tail.count, size >= 4 else {
            throw .inference("binary_data_size is \(size), but \(tail.count) bytes follow the JSON.")
        }
        let length = (0..<4).reduce(0) { $0 | Int(tail[$1]) << (8 * $1) }
        guard length == size - 4 else {
            throw .inference("The BYTES element has \(size - 4) bytes but declares \(length). Send one picture per request.")
        }
        return Array(tail[4...])
    }

    private static func textElement(
        _ data: [JSONScanner.StringToken], of head: UnsafeBufferPointer<UInt8>
    ) throws(HTTPProblem) -> [UInt8] {
        guard data.count == 1, let token = data.first else {
            throw .inference("The input's data must be a list of one string: the picture in Base64.")
        }
        do {
            return try PictureText.decode(token, in: head)
        } catch {
            throw .noPicture(error)
        }
    }

    private static func decoded<Value: Decodable>(
        _ range: Range<Int>?, of head: UnsafeBufferPointer<UInt8>, _ name: String
    ) throws(HTTPProblem) -> Value? {
        guard let range else { return nil }
        do {
            return try JSONDecoder().decode(Value.self, from: Data(head[range]))
        } catch {
            throw .inference("The request's \(name) has a wrong type. See the protocol's inference request.")
        }
    }
}

/// The positions of a request's members in its JSON. The text of the picture is not copied.
private struct Members {
    struct Input {
        var name = ""
        var datatype = ""
        var shape: Range<Int>?
        var parameters: Range<Int>?
        var data: [JSONScanner.StringToken] = []
    }

    var id: Range<Int>?
    var parameters: Range<Int>?
    var outputs: Range<Int>?
    var inputs: [Input] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(HTTPProblem) {
        var scanner = JSONScanner(bytes)
        do {
            guard try scanner.peekKind() == .object else { throw HTTPProblem.inference("The request must be a JSON object.") }
            try scanner.forEachMember { (scanner, key) throws(JSONScanner.Problem) in
                switch scanner.text(of: key) {
                case "id": id = try Self.range(&scanner)
                case "parameters": parameters = try Self.range(&scanner)
                case "outputs": outputs = try Self.range(&scanner)
                case "inputs": try readInputs(&scanner)
                default: try scanner.skipValue(depth: 1)
                }
            }
            try scanner.expectEnd()
        } catch let problem as JSONScanner.Problem {
            let position = TextPosition(of: problem.offset, in: bytes)
            throw .inference("The JSON is not valid: \(problem.message) (line \(position.line), column \(position.column)).")
        } catch {
            throw error as? HTTPProblem ?? .internalError
        }
    }

    private mutating func readInputs(_ scanner: inout JSONScanner) throws(JSONScanner.Problem) {
        guard try scanner.peekKind() == .array else { return try scanner.skipValue(depth: 1) }
        var found: [Input] = []
        try scanner.forEachElement { (scanner) throws(JSONScanner.Problem) in
            guard try scanner.peekKind() == .object else { return try scanner.skipValue(depth: 2) }
            let input = try Self.readInput(&scanner)
            // One is used. One more is kept to detect too many, but not a million.
            if found.count < 2 { found.append(input) }
        }
        inputs = found
    }

    private static func readInput(_ scanner: inout JSONScanner) throws(JSONScanner.Problem) -> Input {
        var input = Input()
        try scanner.forEachMember { (scanner, key) throws(JSONScanner.Problem) in
            let name = scanner.text(of: key)
            let kind = try scanner.peekKind()
            switch (name, kind) {
            case ("name", .string): input.name = scanner.text(of: try scanner.scanString())
            case ("datatype", .string): input.datatype = scanner.text(of: try scanner.scanString())
            case ("shape", _): input.shape = try range(&scanner)
            case ("parameters", _): input.parameters = try range(&scanner)
            case ("data", .array): input.data = try readData(&scanner)
            default: try scanner.skipValue(depth: 3)
            }
        }
        return input
    }

    private static func readData(_ scanner: inout JSONScanner) throws(JSONScanner.Problem) -> [JSONScanner.StringToken] {
        var texts: [JSONScanner.StringToken] = []
        try scanner.forEachElement { (scanner) throws(JSONScanner.Problem) in
            guard try scanner.peekKind() == .string else { return try scanner.skipValue(depth: 4) }
            let token = try scanner.scanString()
            if texts.count < 2 { texts.append(token) }
        }
        return texts
    }

    /// The position of the next value.
    private static func range(_ scanner: inout JSONScanner) throws(JSONScanner.Problem) -> Range<Int> {
        _ = try scanner.peekKind()
        let start = scanner.offset
        try scanner.skipValue(depth: 2)
        return start..<scanner.offset
    }
}

extension HTTPProblem {
    /// An invalid inference request.
    static func inference(_ message: String) -> HTTPProblem {
        HTTPProblem(.badRequest, code: "bad_inference_request", message)
    }
}
