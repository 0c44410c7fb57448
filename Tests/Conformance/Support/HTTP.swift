import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A small client for the tests.
enum HTTP {
    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        /// The body as a JSON object.
        var object: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) ?? [:] }
    }

    static func get(_ url: String) async throws -> Answer { try await send(HTTPClientRequest(url: url)) }

    static func post(_ url: String, _ body: [UInt8], type: String = "application/octet-stream") async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: type)
        request.body = .bytes(body)
        return try await send(request)
    }

    /// Gradio's body for a picture.
    static func gradio(_ picture: [UInt8], prefix: String = "data:image/jpeg;base64,") -> [UInt8] {
        Array("{\"data\":[\"\(prefix)\(Data(picture).base64EncodedString())\"]}".utf8)
    }

    static func send(_ request: HTTPClientRequest) async throws -> Answer {
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(120))
        let body = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: Dictionary(
                response.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first }),
            body: Array(body.readableBytesView))
    }
}
