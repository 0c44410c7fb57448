import HTTPTypes
import Hummingbird
import NIOCore

/// `POST /gradio_api/upload`: a form with files in, their paths out.
enum UploadRoute {
    static func respond(_ request: Request, _ context: CallContext, _ backend: Backend) async throws -> Response {
        let contentType = request.headers[.contentType] ?? ""
        guard contentType.lowercased().hasPrefix("multipart/form-data") else { throw Refusal.invalidContentType }
        let paths = try await backend.bodies.withBody(of: request) { body in
            let form = try await Offload.run(bytes: body.readableBytes) { try UploadForm(body, contentType: contentType) }
            return try form.files.map { file in
                try backend.gradio.shelf.add(
                    file.bytes, name: file.name, mediaType: PictureKind.mediaType(of: file.bytes), of: context.client)
            }
        }
        return GradioRoutes.json(.array(paths.map { .string($0.text) }))
    }
}
