import Foundation
import HTTPTypes
import Hummingbird
import LoadTesting
import NIOCore

/// The console's JSON: the names and times of `summary.json`, on one line.
enum ConsoleJSON {
    static func encode(_ document: some Encodable) throws -> Data {
        let encoder = LoadTestSummary.encoder
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(document)
    }

    static func response(_ document: some Encodable) throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encode(document))))
    }
}
