import Foundation
import InstalledModels
import Supervision

/// A golden picture as it lies beside the weights that made it: JSON, the pixels in base64.
struct GoldenFile: Codable {
    private var pixels: Data
    private var revision: String

    init(_ picture: GoldenPicture) {
        pixels = Data(picture.pixels)
        revision = picture.revision
    }

    /// What was released with a model; nil where there is nothing of use. Blocks on the file.
    static func picture(of model: ModelStore.InstalledModel) -> GoldenPicture? {
        guard let bytes = model.golden(), let file = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
        return GoldenPicture(style: model.card.name.text, revision: file.revision, pixels: [UInt8](file.pixels))
    }

    var bytes: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return [UInt8](try encoder.encode(self)) + [UInt8(ascii: "\n")]
        }
    }
}
