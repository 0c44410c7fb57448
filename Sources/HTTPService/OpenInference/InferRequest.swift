import ByteJSON
import Foundation
import HTTPTypes
import JobQueue
import NIOCore

/// A request of the Open Inference Protocol v2 (KServe's "predict v2", Triton's HTTP protocol with its binary tensor extension): one
/// BYTES tensor of one element, the encoded picture, either as base64 in JSON or raw behind the JSON.
struct InferRequest: Sendable {
    /// What a request may ask for beside the picture, as parameters of the request.
    struct Parameters: Decodable, Sendable {
        var size: Int?
        var fit: String?
        var format: String?
        var quality: Int?
        /// Triton's: every output without a wish of its own comes as raw bytes.
        var binary_data_output: Bool?
    }

    /// An output that is asked for.
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

    /// Comes back with the answer.
    var id: String?
    var parameters: Parameters
    /// The picture, still encoded as JPEG or the like.
    var image: [UInt8]
    /// Whether the answer's picture is to be raw behind the JSON.
    var wantsBinary: Bool

    /// Reads a body. `headLength` is `Inference-Header-Content-Length`: the JSON's bytes, when raw tensors follow it.
    init(body: ByteBuffer, headLength: Int?) throws(Refusal) {
        self = try body.withUnsafeReadableBytes { raw throws(Refusal) in
            let bytes = raw.bindMemory(to: UInt8.self)
            let length = headLength ?? bytes.count
            guard (0...bytes.count).contains(length) else {
                throw .inference("Inference-Header-Content-Length is \(length), but the body has \(bytes.count) bytes.")
            }
            return try InferRequest(
                head: UnsafeBufferPointer(rebasing: bytes[..<length]), tail: UnsafeBufferPointer(rebasing: bytes[length...]))
        }
    }

    private init(head: UnsafeBufferPointer<UInt8>, tail: UnsafeBufferPointer<UInt8>) throws(Refusal) {
        let members = try Members(head)
        guard members.inputs.count == 1, let input = members.inputs.first else {
            throw .inference(
                "There has to be one input, \(OpenInferenceRoutes.tensorName), and there are \(members.inputs.count).")
        }
        guard input.name == OpenInferenceRoutes.tensorName else {
            throw .inference("The input is called \(OpenInferenceRoutes.tensorName), not '\(input.name.prefix(60))'.")
        }
        guard input.datatype == "BYTES" else {
            throw .inference("The input's datatype has to be BYTES (the encoded picture), not '\(input.datatype.prefix(20))'.")
        }
        let shape: [Int] = try Self.decoded(input.shape, of: head, "shape") ?? [1]
        guard shape == [1] || shape == [1, 1] else {
            throw .inference("The input's shape has to be [1] or [1, 1]: one picture a request.")
        }
        id = try Self.decoded(members.id, of: head, "id")
        parameters = try Self.decoded(members.parameters, of: head, "parameters") ?? Parameters()
        let outputs: [Output] = try Self.decoded(members.outputs, of: head, "outputs") ?? []
        guard outputs.allSatisfy({ $0.name == OpenInferenceRoutes.tensorName }), outputs.count <= 1 else {
            throw .inference("There is one output, \(OpenInferenceRoutes.tensorName).")
        }
        wantsBinary = outputs.first?.parameters?.binary_data ?? parameters.binary_data_output ?? false
        let inputParameters: InputParameters? = try Self.decoded(input.parameters, of: head, "parameters of the input")
        if let size = inputParameters?.binary_data_size {
            image = try Self.rawElement(tail, size: size)
        } else {
            image = try Self.textElement(input.data, of: head)
        }
    }

    /// A BYTES element: four bytes of length, lowest first, and the bytes.
    private static func rawElement(_ tail: UnsafeBufferPointer<UInt8>, size: Int) throws(Refusal) -> [UInt8] {
        guard size == tail.count, size >= 4 else {
            throw .inference("binary_data_size is \(size), but \(tail.count) bytes follow the JSON.")
        }
        let length = (0..<4).reduce(0) { $0 | Int(tail[$1]) << (8 * $1) }
        guard length == size - 4 else {
            throw .inference("The BYTES element says \(length) bytes and has \(size - 4). One picture a request.")
        }
        return Array(tail[4...])
    }

    private static func textElement(
        _ data: [JSONScanner.StringToken], of head: UnsafeBufferPointer<UInt8>
    ) throws(Refusal) -> [UInt8] {
        guard data.count == 1, let token = data.first else {
            throw .inference("The input's data has to be a list of one text: the picture in base64.")
        }
        do {
            return try PictureText.decode(token, in: head)
        } catch {
            throw .noPicture(error)
        }
    }

    private static func decoded<Value: Decodable>(
        _ range: Range<Int>?, of head: UnsafeBufferPointer<UInt8>, _ name: String
    ) throws(Refusal) -> Value? {
        guard let range else { return nil }
        do {
            return try JSONDecoder().decode(Value.self, from: Data(head[range]))
        } catch {
            throw .inference("The request's \(name) cannot be read: wrong types. See the protocol's inference request.")
        }
    }
}

/// Where the parts of a request stand in its JSON; the picture's text is passed over in place.
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

    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(Refusal) {
        var scanner = JSONScanner(bytes)
        do {
            guard try scanner.peekKind() == .object else { throw Refusal.inference("The request has to be a JSON object.") }
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
            throw error as? Refusal ?? .internalError
        }
    }

    private mutating func readInputs(_ scanner: inout JSONScanner) throws(JSONScanner.Problem) {
        guard try scanner.peekKind() == .array else { return try scanner.skipValue(depth: 1) }
        var found: [Input] = []
        try scanner.forEachElement { (scanner) throws(JSONScanner.Problem) in
            guard try scanner.peekKind() == .object else { return try scanner.skipValue(depth: 2) }
            let input = try Self.readInput(&scanner)
            // One is served; one more is kept so that the refusal knows. A million of them are not.
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

    /// Where the next value stands.
    private static func range(_ scanner: inout JSONScanner) throws(JSONScanner.Problem) -> Range<Int> {
        _ = try scanner.peekKind()
        let start = scanner.offset
        try scanner.skipValue(depth: 2)
        return start..<scanner.offset
    }
}

extension Refusal {
    /// A fault of an inference request.
    static func inference(_ message: String) -> Refusal {
        Refusal(.badRequest, code: "bad_inference_request", message)
    }
}
