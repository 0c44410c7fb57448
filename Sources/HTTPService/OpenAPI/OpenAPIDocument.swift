import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `/openapi.json`: the service's API in OpenAPI 3.1, read into memory once.
struct OpenAPIDocument: Sendable {
    private let body: ByteBuffer
    private let tag: EntityTag

    /// Reads the document from the resources.
    /// - Throws: If it is missing.
    init() throws {
        guard let url = Bundle.module.url(forResource: "openapi", withExtension: "json") else {
            throw CocoaError(.fileNoSuchFile)
        }
        let bytes = Array(try Data(contentsOf: url))
        body = ByteBuffer(bytes: bytes)
        tag = EntityTag(of: bytes)
    }

    /// The document, or 304 if the client's copy is current.
    func response(to request: Request) -> Response {
        let headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-cache", .eTag: tag.text]
        if tag.matches(request.headers[.ifNoneMatch]) { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
