import AnimeGAN
import ArgumentParser
import BlockingThreads
import Checkpoints
import Imaging
import InstalledModels
import Stylizer

/// `sakuga stylize`: photos to anime pictures, files to files.
struct StylizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stylize",
        abstract: "Turn photos into anime pictures.",
        discussion: """
            Reads JPEG, PNG, WebP, HEIC, AVIF, GIF (the first frame) and TIFF, upright and in true colours; writes JPEG, \
            PNG or WebP without any metadata. A photo that cannot be used is reported and the rest go on; the exit \
            code is then 1. Photos are never overwritten, older outputs of the same name are.

            Examples:
              sakuga stylize photo.jpg -o picture.png
              sakuga stylize holiday/ -o painted/ --size 768 --format webp
              sakuga stylize 'a*.jpg' b.heic -o faces/ --fit cover --style paprika
              sakuga stylize photo.jpg -o both.jpg --compare
            """)

    @Argument(help: ArgumentHelp("Photos, folders of photos, and patterns such as 'a*.jpg'.", valueName: "input"))
    var inputs: [String]

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: "The picture to write, or the folder for the pictures; made when it is missing.")
    var output: String

    @OptionGroup var size: SizeOptions
    @OptionGroup var model: ModelOptions

    @Option(help: "jpeg, png or webp. (default: what the output's name ends in, else jpeg)")
    var format: ImageFormat?

    @Option(help: "1 to 100, for JPEG and WebP.")
    var quality = 90

    @Flag(help: "Show the photo at the left and the picture at the right.")
    var compare = false

    @Option(help: "How many cores to use. (default: all)")
    var threads: Int?

    @OptionGroup(title: "Settings") var settings: SettingsOptions

    func validate() throws {
        guard (1...100).contains(quality) else { throw ValidationError("--quality is 1 to 100.") }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads is 1 to 1024.") }
        _ = try size.chosenFit()
        try model.check()
    }

    func run() async throws {
        let pool = ComputePool(threads: threads ?? ProcessorCount.available)
        let selection = try await pool.run { [inputs] _ in PhotoSelection(inputs) }
        for problem in selection.problems { ProgressLine.print("\(problem.entry): \(problem.reason)") }
        guard !selection.photos.isEmpty else { throw ExitCode.failure }

        let plan = try await pool.run { [output, format] _ in
            try StylizePlan(selection, output: output, format: format)
        }
        let generator = try await pool.run { [model] _ in try model.generator() }
        let failures = try await batch(plan, generator, pool).run(plan.items)
        if failures > 0 || !selection.problems.isEmpty { throw ExitCode.failure }
    }

    private func batch(_ plan: StylizePlan, _ generator: Generator, _ pool: ComputePool) throws -> StylizeBatch {
        // With one file all cores work on it; with many, each works on one of its own, which is the faster way through.
        let lanes = min(plan.items.count, pool.threadCount)
        let options = StylizeOptions(
            fit: try size.chosenFit(), format: plan.format, quality: quality, compare: compare,
            threads: lanes == 1 ? nil : 1)
        return StylizeBatch(stylizer: Stylizer(generator: generator, pool: pool), options: options, lanes: lanes)
    }
}

extension ImageFormat: ExpressibleByArgument {}

/// How large the generator's picture is, and how the photo gets there.
struct SizeOptions: ParsableArguments {
    /// The ways to bring a photo to a size.
    enum Method: String, CaseIterable, ExpressibleByArgument {
        case contain, cover, exact
    }

    @Option(help: "Pixels of the picture's longer side; with --fit exact also WIDTHxHEIGHT.")
    var size = "512"

    @Option(
        help: """
            contain: the whole photo, never enlarged; cover: the square in its centre; exact: stretched to the size.
            """)
    var fit = Method.contain

    func chosenFit() throws(ValidationError) -> Fit {
        let limits = ImageLimits()
        let sides = size.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard sides.allSatisfy({ (ImageLimits.minimumSide...limits.maximumSide).contains($0) }) else {
            throw ValidationError(
                "--size \(size) is out of range; give \(ImageLimits.minimumSide) to \(limits.maximumSide) pixels.")
        }
        switch (fit, sides.count) {
        case (.contain, 1): return .contain(sides[0])
        case (.cover, 1): return .cover(sides[0])
        case (.exact, 1): return .exact(width: sides[0], height: sides[0])
        case (.exact, 2): return .exact(width: sides[0], height: sides[1])
        default: throw ValidationError("--size \(size) needs one number; WIDTHxHEIGHT goes with --fit exact.")
        }
    }
}

/// Which generator runs: an installed style or a weights file.
struct ModelOptions: ParsableArguments {
    @Option(help: "An installed style; `sakuga models list` shows them. (default: \(Catalogue.defaultModel))")
    var style: String?

    @Option(help: "A weights file instead of a style: safetensors, PyTorch .pt/.pth or ONNX.")
    var weights: String?

    @Option(
        help: """
            With --weights: how the network's two resizes place samples. (default: what the file says, else true)
            """)
    var alignCorners: Bool?

    func check() throws(ValidationError) {
        if weights == nil, alignCorners != nil { throw ValidationError("--align-corners goes with --weights.") }
        if weights != nil, style != nil { throw ValidationError("Give --style or --weights, not both.") }
    }

    /// Reads the numbers and makes the generator of them.  Blocks; call it on the compute pool.
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

/// The error of a weights file with the file's name, which the reader does not know.
private struct UnusableWeights: Error, CustomStringConvertible {
    let path: String
    let reason: CheckpointError

    var description: String { "\(path): \(reason)" }
}

/// Many photos, a few at a time.
private struct StylizeBatch {
    let stylizer: Stylizer
    let options: StylizeOptions
    /// How many are under way at once: each holds its pixels and the generator's buffers.
    let lanes: Int

    /// Does all of them, tells how it goes, and returns how many failed.
    func run(_ items: [StylizePlan.Item]) async -> Int {
        let progress = ProgressLine(total: items.count, of: "pictures")
        let failures = await withTaskGroup(of: Bool.self) { group in
            var failures = 0
            for (index, item) in items.enumerated() {
                if index >= lanes, await group.next() == false { failures += 1 }
                group.addTask { await one(item, progress) }
            }
            for await succeeded in group where !succeeded { failures += 1 }
            return failures
        }
        await progress.finish()
        if items.count > 1 {
            let made = "\(items.count - failures) of \(items.count) pictures in \(ProgressLine.tenths(await progress.elapsed)) s"
            ProgressLine.print(failures == 0 ? made + "." : "\(made); \(failures) failed.")
        }
        return failures
    }

    private func one(_ item: StylizePlan.Item, _ progress: ProgressLine) async -> Bool {
        do {
            let picture = try await stylizer.stylize(fileAt: item.input, to: item.output, options: options)
            let seconds = ProgressLine.tenths(picture.timings.total)
            await progress.note("\(item.input) → \(item.output)  \(picture.width)×\(picture.height)  \(seconds) s")
            await progress.step()
            return true
        } catch {
            await progress.say("\(item.input): \(error)")
            await progress.step()
            return false
        }
    }
}
