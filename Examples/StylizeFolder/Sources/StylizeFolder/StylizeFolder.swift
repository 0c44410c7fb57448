import AnimeGAN
import Checkpoints
import Foundation
import Imaging
import Stylizer

/// `StylizeFolder WEIGHTS PHOTOS PICTURES`: makes an anime picture of every photo in a folder.
@main
struct StylizeFolder {
    static func main() async throws {
        guard CommandLine.arguments.count == 4 else {
            print("usage: StylizeFolder WEIGHTS PHOTOS PICTURES, a weights file and two folders")
            exit(64)
        }
        let (weights, photos, pictures) = (CommandLine.arguments[1], CommandLine.arguments[2], CommandLine.arguments[3])
        let stylizer = try stylizer(weights: weights)
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
