import BlockingThreads
import HTTPTypes
import Hummingbird
import NIOCore
import PictureFormats

/// `POST /gradio_api/upload`: takes a form with files and returns their paths.
enum UploadRoute {
    static func respond(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        let contentType = request.headers[.contentType] ?? ""
        guard contentType.lowercased().hasPrefix("multipart/form-data") else { throw HTTPProblem.invalidContentType }
        let paths = try await backend.bodies.withBody(of: request) { body in
            let form = try await BlockingThreadPool.shared.run(byteCount: body.readableBytes) {
                try UploadForm(body, contentType: contentType)
            }
            return try form.files.map { file in
                try backend.gradio.uploads.add(
                    file.bytes, name: file.name, mediaType: displayedMediaType(of: file.bytes), of: context.client)
            }
        }
        return GradioRoutes.json(.array(paths.map { .string($0.text) }))
    }

    /// The media type of a picture that browsers display. Other files get the type of unknown data and are only downloaded: an uploaded HTML
    /// file must not be displayed as a page of this service, whatever its name and declared type.
    private static func displayedMediaType(of bytes: [UInt8]) -> String {
        switch PictureFormat(sniffing: bytes) {
        case let format? where [.jpeg, .png, .gif, .webp].contains(format): format.mediaType
        default: PictureFormat.unknownMediaType
        }
    }
}

/// The files in the form of an upload.
struct UploadForm {
    struct File: Equatable {
        var name: String
        var bytes: [UInt8]
    }

    static let fileLimit = 16
    /// The head of a part is searched for in this many bytes before its content.
    private static let headLimit = 4_096

    let files: [File]

    init(_ body: ByteBuffer, contentType: String) throws(HTTPProblem) {
        files = try body.withUnsafeReadableBytes { raw throws(HTTPProblem) in
            try Self.files(in: raw.bindMemory(to: UInt8.self), contentType: contentType)
        }
    }

    private static func files(in body: UnsafeBufferPointer<UInt8>, contentType: String) throws(HTTPProblem) -> [File] {
        let boundary: String
        do { boundary = try Multipart.boundary(of: contentType) } catch { throw .invalidContentType }
        var files: [File] = []
        var start = 0
        while true {
            let rest = UnsafeBufferPointer(rebasing: body[start...])
            let part: Range<Int>
            do throws(Multipart.Problem) {
                part = try Multipart.firstFile(in: rest, boundary: boundary)
            } catch {
                if error == .noFile, !files.isEmpty { return files }
                throw error == .noFile ? .noUploads : .brokenUpload
            }
            if files.count == fileLimit { throw .tooManyUploads }
            let head = rest[max(0, part.lowerBound - headLimit)..<part.lowerBound]
            files.append(File(name: name(in: String(decoding: head, as: UTF8.self)), bytes: Array(rest[part])))
            start += part.upperBound
        }
    }

    /// The file name in the last part head of a text: `Content-Disposition: form-data; name="files"; filename="photo.jpg"`.
    private static func name(in head: String) -> String {
        let lines = head.split(whereSeparator: \.isNewline)
        guard let line = lines.last(where: { $0.lowercased().hasPrefix("content-disposition:") }),
            let start = line.firstRange(of: "filename=\"")
        else { return "" }
        return String(line[start.upperBound...].prefix { $0 != "\"" })
    }
}
