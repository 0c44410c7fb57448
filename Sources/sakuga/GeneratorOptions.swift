import AnimeGAN
public import ArgumentParser
import Checkpoints
public import Imaging
import InstalledModels

extension ImageFormat: ExpressibleByArgument {}

/// The size of the generator's picture, and how a photo is fitted to it.
struct SizeOptions: ParsableArguments {
    /// How to fit a photo to a size.
    enum Method: String, CaseIterable, ExpressibleByArgument {
        case contain, cover, exact
    }

    @Option(help: "Longer side of the picture in pixels; with --fit exact also WIDTHxHEIGHT.")
    var size = "512"

    @Option(
        help: """
            How to fit the photo: contain keeps all of it and never enlarges; cover takes the centre square; exact stretches it.
            """)
    var fit = Method.contain

    func chosenFit() throws(ValidationError) -> Fit {
        let limits = ImageLimits()
        let sides = size.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard sides.allSatisfy({ (ImageLimits.minimumSide...limits.maximumSide).contains($0) }) else {
            throw ValidationError(
                "--size \(size) is out of range; it must be \(ImageLimits.minimumSide) to \(limits.maximumSide) pixels.")
        }
        switch (fit, sides.count) {
        case (.contain, 1): return .contain(sides[0])
        case (.cover, 1): return .cover(sides[0])
        case (.exact, 1): return .exact(width: sides[0], height: sides[0])
        case (.exact, 2): return .exact(width: sides[0], height: sides[1])
        default: throw ValidationError("--size \(size) must be one number; WIDTHxHEIGHT requires --fit exact.")
        }
    }
}

/// The generator to run: an installed style or a weights file.
struct ModelOptions: ParsableArguments {
    @Option(help: "Installed style; `sakuga models list` lists them. (default: \(Catalogue.defaultModel))")
    var style: String?

    @Option(help: "Weights file to use instead of a style: safetensors, PyTorch .pt/.pth or ONNX.")
    var weights: String?

    @Option(
        help: """
            With --weights: bilinear resizing as PyTorch's align_corners. (default: what the file says, else true)
            """)
    var alignCorners: Bool?

    func check() throws(ValidationError) {
        if weights == nil, alignCorners != nil { throw ValidationError("--align-corners requires --weights.") }
        if weights != nil, style != nil { throw ValidationError("--style and --weights exclude each other.") }
    }

    /// Loads the weights. Blocks; call it on the compute pool.
    func generator() throws -> Generator {
        if let weights {
            let checkpoint: Checkpoint
            do throws(CheckpointError) {
                checkpoint = try CheckpointReader.read(weights)
            } catch {
                throw UnusableWeights(path: weights, reason: error)
            }
            let asked = alignCorners.map { $0 ? BilinearConvention.alignCorners : .halfPixel }
            return try Generator(
                weights: checkpoint.weights, convention: asked ?? checkpoint.convention ?? .alignCorners)
        }
        let loaded = try ModelStore.ofThisProcess.load(style ?? Catalogue.defaultModel)
        return try Generator(weights: loaded.weights, convention: loaded.convention)
    }
}

/// The error of a weights file, with the file's name.
private struct UnusableWeights: Error, CustomStringConvertible {
    let path: String
    let reason: CheckpointError

    var description: String { "\(path): \(reason)" }
}
