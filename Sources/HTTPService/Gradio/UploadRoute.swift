import HTTPTypes
import Hummingbird
import NIOCore
import PictureFormats

/// `POST /gradio_api/upload`: a form with files in, their paths out.
enum UploadRoute {
    static func respond(_ request: Request, _ context: CallContext, _ backend: Backend) async throws -> Response {
        let contentType = request.headers[.contentType] ?? ""
        guard contentType.lowercased().hasPrefix("multipart/form-data") else { throw Refusal.invalidContentType }
        let paths = try await backend.bodies.withBody(of: request) { body in
            let form = try await Offload.run(bytes: body.readableBytes) { try UploadForm(body, contentType: contentType) }
            return try form.files.map { file in
                try backend.gradio.shelf.add(
                    file.bytes, name: file.name, mediaType: displayedMediaType(of: file.bytes), of: context.client)
            }
        }
        return GradioRoutes.json(.array(paths.map { .string($0.text) }))
    }

    /// The media type of a picture that browsers may display; anything else is for downloading. An HTML file that somebody uploads must not
    /// be displayed as a page of this service, whatever name and type came with it.
    private static func displayedMediaType(of bytes: [UInt8]) -> String {
        switch PictureFormat(sniffing: bytes) {
        case let format? where [.jpeg, .png, .gif, .webp].contains(format): format.mediaType
        default: PictureFormat.unknownMediaType
        }
    }
}
