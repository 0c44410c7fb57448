import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore

/// An inference response: the picture as a BYTES tensor of one element.
struct InferReply {
    private struct Document: Encodable {
        var id: String?
        var model_name: String
        var model_version: String
        var outputs: [Output]
    }

    private struct Output: Encodable {
        var name = OpenInferenceRoutes.tensorName
        var datatype = "BYTES"
        var shape = [1]
        var parameters: Parameters
        var data: [String]?
    }

    private struct Parameters: Encodable {
        var content_type: String
        var width: Int
        var height: Int
        var binary_data_size: Int?
    }

    var request: InferRequest
    var style: String
    var result: JobResult

    /// JSON with the picture in Base64, or JSON followed by the bytes of the picture.
    func response() throws -> Response {
        try request.wantsBinary ? binary() : text()
    }

    private func text() throws -> Response {
        try Response.json(document(size: nil, data: [Data(result.bytes).base64EncodedString()]))
    }

    private func binary() throws -> Response {
        let head = try JSONEncoder.forReplies.encode(document(size: result.bytes.count + 4, data: nil))
        var body = ByteBuffer()
        body.reserveCapacity(head.count + 4 + result.bytes.count)
        body.writeBytes(head)
        body.writeInteger(UInt32(result.bytes.count), endianness: .little)
        body.writeBytes(result.bytes)
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/octet-stream", .cacheControl: "no-store", .inferenceHeaderLength: "\(head.count)",
            ],
            body: ResponseBody(byteBuffer: body))
    }

    private func document(size: Int?, data: [String]?) -> Document {
        let parameters = Parameters(
            content_type: result.mediaType, width: result.width, height: result.height, binary_data_size: size)
        return Document(
            id: request.id, model_name: style, model_version: OpenInferenceRoutes.modelVersion,
            outputs: [Output(parameters: parameters, data: data)])
    }
}

extension HTTPField.Name {
    /// The number of bytes of JSON before the tensor's bytes.
    static let inferenceHeaderLength = Self("Inference-Header-Content-Length")!
}
