import Foundation
package import GoldenPictures
import Imaging
package import InstalledModels
import JobQueue
package import Serving

/// Makes the golden picture, and reads and writes those that were released with models.
package enum GoldenRun {
    /// The side of the photo and the picture in pixels.
    private static let size = 32

    /// Makes the picture with the default style of `handler`.
    /// - Throws: `JobError` when the handler can't.
    package static func picture(_ handler: some JobHandler) async throws -> GoldenPicture {
        let photo = try ImageCodec.encode(photo, as: .png, quality: 100)
        let request = JobRequest(image: photo, size: size, format: .png)
        let result = try await handler.prepare(request).run()
        let pixels = try ImageCodec.decode(result.bytes, fit: .exact(width: size, height: size), limits: ImageLimits())
        let style = handler.styles.first(where: \.isDefault)
        return GoldenPicture(style: style?.name ?? "", revision: style?.revision ?? "", pixels: pixels.bytes)
    }

    /// A sky, a field and a sun: areas and edges in all three colours.
    private static var photo: PixelBuffer {
        var bytes: [UInt8] = []
        for y in 0..<size {
            for x in 0..<size {
                let isSun = (x - 22) * (x - 22) + (y - 9) * (y - 9) < 25
                let sky: [UInt8] = [UInt8(90 + 3 * y), UInt8(140 + 2 * y), UInt8(230 - y)]
                let field: [UInt8] = [UInt8(60 + 2 * x), UInt8(120 + (x * y) % 40), 50]
                bytes += isSun ? [250, 230, 120] : y < 20 ? sky : field
            }
        }
        return PixelBuffer(width: size, height: size, bytes: bytes)
    }

    /// The golden pictures of all installed models. Blocks on the files.
    package static func released(_ store: ModelStore) -> [GoldenPicture] { store.installed().compactMap(\.goldenPicture) }
}

extension ModelStore.InstalledModel {
    /// The golden picture that was released with the model, from the file `NAME.golden` beside its weights; nil without a valid one. Blocks
    /// on the file.
    package var goldenPicture: GoldenPicture? {
        guard let bytes = golden(), let file = try? JSONDecoder().decode(GoldenFile.self, from: Data(bytes)) else { return nil }
        return GoldenPicture(style: card.name.text, revision: file.revision, pixels: [UInt8](file.pixels))
    }

    /// Writes the golden picture beside the model's weights.
    package func saveGoldenPicture(_ picture: GoldenPicture) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let file = GoldenFile(pixels: Data(picture.pixels), revision: picture.revision)
        try saveGolden([UInt8](try encoder.encode(file)) + [UInt8(ascii: "\n")])
    }
}

/// The form of `NAME.golden`: JSON, the pixels in Base64.
private struct GoldenFile: Codable {
    var pixels: Data
    var revision: String
}
