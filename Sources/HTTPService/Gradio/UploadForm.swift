import NIOCore

/// The files of an upload's form.
struct UploadForm {
    struct File: Equatable {
        var name: String
        var bytes: [UInt8]
    }

    static let fileLimit = 16
    /// The head of a part is looked for in so many bytes before the part.
    private static let headLimit = 4_096

    let files: [File]

    init(_ body: ByteBuffer, contentType: String) throws(Refusal) {
        files = try body.withUnsafeReadableBytes { raw throws(Refusal) in
            try Self.files(in: raw.bindMemory(to: UInt8.self), contentType: contentType)
        }
    }

    private static func files(in body: UnsafeBufferPointer<UInt8>, contentType: String) throws(Refusal) -> [File] {
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

    /// The file name in the last part's head of a text: `Content-Disposition: form-data; name="files"; filename="photo.jpg"`.
    private static func name(in head: String) -> String {
        let lines = head.split(whereSeparator: \.isNewline)
        guard let line = lines.last(where: { $0.lowercased().hasPrefix("content-disposition:") }),
            let start = line.firstRange(of: "filename=\"")
        else { return "" }
        return String(line[start.upperBound...].prefix { $0 != "\"" })
    }
}
