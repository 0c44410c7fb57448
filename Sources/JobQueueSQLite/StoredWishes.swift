import Foundation
import JobQueue

/// What a request asks for beside its picture, as the column `wishes` keeps it: JSON, so that any text comes back as it was.
struct StoredWishes: Codable {
    var style: String?
    var size: Int?
    var fit: JobRequest.Fit
    var format: JobRequest.Format
    var quality: Int?

    init(_ request: JobRequest) {
        style = request.style
        size = request.size
        fit = request.fit
        format = request.format
        quality = request.quality
    }

    func request(for image: [UInt8]) -> JobRequest {
        JobRequest(image: image, style: style, size: size, fit: fit, format: format, quality: quality)
    }
}

/// JSON in a text column.
enum StoredJSON {
    static func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
