import AnimeGAN
import ArgumentParser
import BlockingThreads
import Imaging
import Stylizer
import TerminalProgress

/// `sakuga stylize`: converts files.
struct StylizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stylize",
        abstract: "Convert photos into anime-style pictures.",
        discussion: """
            Reads JPEG, PNG, WebP, HEIC, AVIF, GIF (first frame) and TIFF; applies orientation and colour profile. Writes JPEG, \
            PNG or WebP without metadata. Existing outputs are overwritten, photos never are.

            Exit code 1 when a photo could not be converted; the other photos are converted all the same.

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
        help: "Picture to write, or folder for the pictures; created if it does not exist.")
    var output: String

    @OptionGroup var size: SizeOptions
    @OptionGroup var model: ModelOptions

    @Option(help: "Picture format: jpeg, png or webp. (default: by the output's extension, else jpeg)")
    var format: ImageFormat?

    @Option(help: "Quality of JPEG and WebP, 1 to 100.")
    var quality = 90

    @Flag(help: "Write the photo and the picture side by side.")
    var compare = false

    @Option(help: "Number of cores to use. (default: all)")
    var threads: Int?

    @OptionGroup(title: "Settings") var settings: SettingsOptions

    func validate() throws {
        guard (1...100).contains(quality) else { throw ValidationError("--quality must be 1 to 100.") }
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 to 1024.") }
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
        // One photo gets all cores; many photos get one core each, which takes less time in total.
        let concurrency = min(plan.items.count, pool.threadCount)
        let options = StylizeOptions(
            fit: try size.chosenFit(), format: plan.format, quality: quality, compare: compare,
            threads: concurrency == 1 ? nil : 1)
        return StylizeBatch(stylizer: Stylizer(generator: generator, pool: pool), options: options, concurrency: concurrency)
    }
}

/// Converts many photos, a few at the same time.
private struct StylizeBatch {
    let stylizer: Stylizer
    let options: StylizeOptions
    /// The number of photos under way at the same time; each needs memory for its pixels and the generator's buffers.
    let concurrency: Int

    /// Converts the photos and shows the progress.
    /// - Returns: the number of failures.
    func run(_ items: [StylizePlan.Item]) async -> Int {
        let progress = ProgressLine(total: items.count, of: "pictures")
        let failures = await withTaskGroup(of: Bool.self) { group in
            var failures = 0
            for (index, item) in items.enumerated() {
                if index >= concurrency, await group.next() == false { failures += 1 }
                group.addTask { await convert(item, progress) }
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

    private func convert(_ item: StylizePlan.Item, _ progress: ProgressLine) async -> Bool {
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
