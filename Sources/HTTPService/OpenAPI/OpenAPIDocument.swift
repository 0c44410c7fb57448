import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `/openapi.json`: what this service answers, in the words of OpenAPI 3.1. Read once.
struct OpenAPIDocument: Sendable {
    private let body: ByteBuffer
    private let tag: EntityTag

    /// Reads the document that the package carries.
    init() throws {
        guard let url = Bundle.module.url(forResource: "openapi", withExtension: "json") else {
            throw CocoaError(.fileNoSuchFile)
        }
        let bytes = Array(try Data(contentsOf: url))
        body = ByteBuffer(bytes: bytes)
        tag = EntityTag(of: bytes)
    }

    /// The document; 304 without it when the client has it already.
    func response(to request: Request) -> Response {
        let headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-cache", .eTag: tag.text]
        if tag.isNamed(in: request.headers[.ifNoneMatch]) { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
