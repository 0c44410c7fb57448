import AnimeGAN
import Checkpoints
import Foundation
import Imaging
import Stylizer

/// `StylizeFolder PHOTOS PICTURES [WEIGHTS]`: makes an anime picture of every photo in a folder.
@main
struct StylizeFolder {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard (2...3).contains(arguments.count) else {
            print("usage: StylizeFolder PHOTOS PICTURES [WEIGHTS], two folders and a weights file")
            exit(64)
        }
        let photos = arguments[1], pictures = arguments[2]
        let stylizer = try stylizer(weights: arguments.count == 3 ? arguments[3] : "Models/comic.safetensors")
        try FileManager.default.createDirectory(atPath: pictures, withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: photos).sorted() where !name.hasPrefix(".") {
            do {
                let picture = try await stylizer.stylize(
                    fileAt: "\(photos)/\(name)", to: "\(pictures)/\(name).jpg", options: StylizeOptions(fit: .contain(512)))
                print("\(name): \(picture.width)×\(picture.height) in \(picture.timings.total) s")
            } catch let error as ImagingError {
                // Not a picture, or a damaged one: say so and go on with the next.
                print("\(name): \(error)")
            }
        }
    }

    /// A stylizer on all cores. Reading the weights and packing them takes some tenths of a second.
    private static func stylizer(weights path: String) throws -> Stylizer {
        let checkpoint = try CheckpointReader.read(path)
        let generator = try Generator(weights: checkpoint.weights, convention: checkpoint.convention ?? .alignCorners)
        return Stylizer(generator: generator, pool: ComputePool())
    }
}
