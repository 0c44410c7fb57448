import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import PictureFormats
import Serving

/// `GET …/file=<path>`: an uploaded file, or a picture that was made. What a path names never changes.
enum FileRoute {
    private struct Found {
        var bytes: [UInt8]
        var mediaType: String
        var modified: Date?
    }

    static func respond(_ request: Request, _ context: CallContext, _ backend: Backend) async throws -> Response {
        let text = path(in: request.uri.path)
        guard let path = ServedPath(text), let found = await find(path, backend) else { throw Refusal.fileNotAllowed(text) }
        return try response(found, at: path, to: request)
    }

    /// What follows `file=` or `file/`, decoded; Python's client encodes slashes or not, as it likes.
    static func path(in uriPath: String) -> String {
        for opening in [GradioRoutes.prefix + "/file", "/file"] where uriPath.hasPrefix(opening) {
            let rest = uriPath.dropFirst(opening.count).drop { $0 == "=" }
            return rest.removingPercentEncoding ?? String(rest)
        }
        return uriPath
    }

    private static func find(_ path: ServedPath, _ backend: Backend) async -> Found? {
        if let file = backend.gradio.shelf.file(at: path) {
            return Found(bytes: file.bytes, mediaType: file.mediaType, modified: file.added)
        }
        guard let result = await GradioJob.result(at: path, backend) else { return nil }
        let finished = try? await backend.service.report(on: path.id)?.status.finished
        return Found(bytes: result.bytes, mediaType: result.mediaType, modified: finished)
    }

    private static func response(_ found: Found, at path: ServedPath, to request: Request) throws -> Response {
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
        case .outside: throw Refusal.rangeNotSatisfiable(length: length)
        }
    }

    private static func headers(of found: Found, named name: String) -> HTTPFields {
        // Somebody's page must not be shown as ours.
        let disposition = found.mediaType == PictureFormat.unknownMediaType ? "attachment" : "inline"
        let encoded =
            name.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "._-"))) ?? "file"
        var headers: HTTPFields = [
            .contentType: found.mediaType, .cacheControl: CacheLife.unchanging, .acceptRanges: "bytes",
            .contentDisposition: "\(disposition); filename*=UTF-8''\(encoded)",
            .contentSecurityPolicy: "default-src 'none'; sandbox",
        ]
        if name.utf8.allSatisfy({ $0 < 0x80 }) { headers[.contentDisposition] = "\(disposition); filename=\"\(name)\"" }
        if let modified = found.modified { headers[.lastModified] = modified.forHeader }
        return headers
    }
}

extension Date {
    /// As `Last-Modified` has it: `Sun, 06 Nov 1994 08:49:37 GMT`.
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
