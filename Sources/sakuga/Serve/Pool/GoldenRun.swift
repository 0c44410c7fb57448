import Foundation
import Imaging
import InstalledModels
import JobQueue
import Serving
import Supervision

/// The photo that every worker has to make before it may serve.
enum GoldenRun {
    private static let size = 32

    /// Makes it, with the default style.
    static func picture(_ handler: some JobHandler) async throws -> GoldenPicture {
        let photo = try ImageCodec.encode(photo, as: .png, quality: 100)
        let request = JobRequest(image: photo, size: size, format: .png)
        let result = try await handler.prepare(request).run()
        let pixels = try ImageCodec.decode(result.bytes, fit: .exact(width: size, height: size), limits: ImageLimits())
        let style = handler.styles.first(where: \.isDefault)
        return GoldenPicture(style: style?.name ?? "", revision: style?.revision ?? "", pixels: pixels.bytes)
    }

    /// A sky, a field and a sun, so that there are surfaces and edges in all three colours.
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

    /// What the installed models made of it when they were released, so that already the first worker of a pool is compared with something.
    static func released(_ store: ModelStore) -> [GoldenPicture] {
        store.installed().compactMap { GoldenFile.picture(of: $0) }
    }
}
