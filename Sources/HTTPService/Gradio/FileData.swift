import Foundation
import JobQueue
import PictureFormats

/// A picture as Gradio's clients get it: where to fetch it. Python's client uses `path`, others `url`.
package struct FileData: Sendable, Equatable {
    /// Where it is.
    package var path: ServedPath
    /// Such as `image/jpeg`.
    package var mediaType: String
    /// In bytes.
    package var size: Int
    /// `http://host:7860`, as the client calls us.
    package var origin: String

    /// Makes a description.
    package init(path: ServedPath, mediaType: String, size: Int, origin: String) {
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
    /// The picture of a job in the store.
    init(_ result: JobResult, of job: JobID, origin: String) {
        self.init(
            path: ServedPath(id: job, name: result.fileName), mediaType: result.mediaType,
            size: result.bytes.count, origin: origin)
    }
}

extension JobResult {
    /// The name of the file that a client gets, such as `image.jpg`.
    var fileName: String { "image.\(PictureFormat(mediaType: mediaType)?.fileExtension ?? "jpg")" }
}
