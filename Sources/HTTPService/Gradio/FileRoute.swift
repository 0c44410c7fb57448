import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import PictureFormats
import Serving

/// `GET …/file=<path>`: an uploaded file or a result. The file at a path never changes.
enum FileRoute {
    private struct Found {
        var bytes: [UInt8]
        var mediaType: String
        var modified: Date?
    }

    static func respond(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        let text = path(in: request.uri.path)
        guard let path = GradioFilePath(text), let found = await find(path, backend) else {
            throw HTTPProblem.fileNotAllowed(text)
        }
        return try response(found, at: path, to: request)
    }

    /// The decoded path after `file=` or `file/`. Its slashes may be percent-encoded or not.
    static func path(in uriPath: String) -> String {
        for opening in [GradioRoutes.prefix + "/file", "/file"] where uriPath.hasPrefix(opening) {
            let rest = uriPath.dropFirst(opening.count).drop { $0 == "=" }
            return rest.removingPercentEncoding ?? String(rest)
        }
        return uriPath
    }

    private static func find(_ path: GradioFilePath, _ backend: Backend) async -> Found? {
        if let file = backend.gradio.uploads.file(at: path) {
            return Found(bytes: file.bytes, mediaType: file.mediaType, modified: file.added)
        }
        guard let result = await GradioJob.result(at: path, backend) else { return nil }
        let finished = try? await backend.service.report(on: path.id)?.status.finished
        return Found(bytes: result.bytes, mediaType: result.mediaType, modified: finished)
    }

    private static func response(_ found: Found, at path: GradioFilePath, to request: Request) throws -> Response {
        let tag = "\"\(path.id.text)\""
        let length = found.bytes.count
        var headers = headers(of: found, named: path.name)
        headers[.eTag] = tag
        if request.headers[.ifNoneMatch]?.contains(tag) == true { return Response(status: .notModified, headers: headers) }
        let isCurrent = request.headers[.ifRange].map { $0 == tag } ?? true
        switch ByteRange(isCurrent ? request.headers[.range] : nil, length: length) {
        case .whole:
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: found.bytes)))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(length)"
            return Response(
                status: .partialContent, headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: found.bytes[range])))
        case .outside: throw HTTPProblem.rangeNotSatisfiable(length: length)
        }
    }

    private static func headers(of found: Found, named name: String) -> HTTPFields {
        // An uploaded HTML file must not be displayed as a page of this service.
        let disposition = found.mediaType == PictureFormat.unknownMediaType ? "attachment" : "inline"
        let encoded =
            name.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "._-"))) ?? "file"
        var headers: HTTPFields = [
            .contentType: found.mediaType, .cacheControl: CacheDirectives.immutable, .acceptRanges: "bytes",
            .contentDisposition: "\(disposition); filename*=UTF-8''\(encoded)",
            .contentSecurityPolicy: "default-src 'none'; sandbox",
        ]
        if name.utf8.allSatisfy({ $0 < 0x80 }) { headers[.contentDisposition] = "\(disposition); filename=\"\(name)\"" }
        if let modified = found.modified { headers[.lastModified] = modified.forHeader }
        return headers
    }
}

extension Date {
    /// The date in the format of `Last-Modified`: `Sun, 06 Nov 1994 08:49:37 GMT`.
    fileprivate var forHeader: String {
        let style = Date.VerbatimFormatStyle(
            format: """
                \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .defaultDigits) \
                \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits) GMT
                """,
            locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian))
        return formatted(style)
    }
}

/// A file in a response to Gradio's clients. The Python client uses its `path`, others its `url`.
package struct FileData: Sendable, Equatable {
    /// The path of the file.
    package var path: GradioFilePath
    /// The media type, such as `image/jpeg`.
    package var mediaType: String
    /// The size in bytes.
    package var size: Int
    /// The base of the URL, such as `http://host:7860`.
    package var origin: String

    /// Creates a description.
    package init(path: GradioFilePath, mediaType: String, size: Int, origin: String) {
        self.path = path
        self.mediaType = mediaType
        self.size = size
        self.origin = origin
    }

    var json: JSONValue {
        [
            "path": .string(path.text), "url": .string(url), "orig_name": .string(path.name), "mime_type": .string(mediaType),
            "size": .integer(size), "is_stream": false, "meta": ["_type": "gradio.FileData"],
        ]
    }

    private var url: String {
        let path = path.text.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path.text
        return "\(origin)\(GradioRoutes.prefix)/file=\(path)"
    }
}

extension FileData {
    /// The result of a job.
    init(_ result: JobResult, of job: JobID, origin: String) {
        self.init(
            path: GradioFilePath(id: job, name: result.fileName), mediaType: result.mediaType,
            size: result.bytes.count, origin: origin)
    }
}

extension JobResult {
    /// The name of the file that a client gets, such as `image.jpg`.
    var fileName: String { "image.\(PictureFormat(mediaType: mediaType)?.fileExtension ?? "jpg")" }
}

/// A `Range` field with one range (RFC 9110, section 14).
enum ByteRange: Equatable {
    /// There is none, or one that may be ignored: respond with the whole file.
    case whole
    /// Respond with these bytes.
    case part(ClosedRange<Int>)
    /// The range is outside the file.
    case outside

    init(_ field: String?, length: Int) {
        guard let field, field.lowercased().hasPrefix("bytes=") else {
            self = .whole
            return
        }
        let parts = field.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false).map(\.trimmed)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            self = .whole
            return
        }
        switch (Int(parts[0]), Int(parts[1])) {
        case (let first?, let last?): self = first <= last ? Self.clipped(first, last, length) : .whole
        case (let first?, nil) where parts[1].isEmpty: self = Self.clipped(first, length - 1, length)
        case (nil, let count?) where parts[0].isEmpty:
            self = count == 0 || length == 0 ? .outside : .part(max(0, length - count)...length - 1)
        default: self = .whole
        }
    }

    private static func clipped(_ first: Int, _ last: Int, _ length: Int) -> ByteRange {
        first < length ? .part(first...min(last, length - 1)) : .outside
    }
}
