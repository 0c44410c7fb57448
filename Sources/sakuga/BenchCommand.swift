import AnimeGAN
import ArgumentParser
import BlockingThreads
import Checkpoints
import EngineBenchmark
import Foundation
import OptionValues

/// `sakuga bench`: times the engine, or runs it once on an array.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Time the engine, or run it once on a NumPy array.",
        discussion: """
            Times the network alone, on a picture in memory. Effective GMAC/s counts the multiplications of plain convolutions, \
            executed GMAC/s those that the algorithms perform.

            Examples:
              sakuga bench
              sakuga bench --size 640x360 --threads 1 --runs 9 --layers
              sakuga bench --threads 2 --at-once 2          two pictures at the same time, one thread each
              sakuga bench --format json
              sakuga bench --input x.npy --output y.npy     float32, 1×3×H×W, in [−1, 1]
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    @Option(help: "Picture size in pixels: the side of a square, or WIDTHxHEIGHT.")
    var size = PictureExtents(512)

    @Option(help: "Number of threads. (default: one for each core)")
    var threads: Int?

    @Option(help: "Number of timed runs, after one to warm up.")
    var runs = 5

    @Option(help: "Number of pictures to run at the same time, as a busy server does; --threads is divided among them.")
    var atOnce = 1

    @Flag(help: "Print a line for each layer: algorithm, time, GMAC/s.")
    var layers = false

    @OptionGroup var model: ModelOptions

    @Option(help: "Output format: text, or json for one object.")
    var format = Format.text

    @Option(help: "Run once on this array (.npy, float32, 1×3×H×W, in [−1, 1]) and write --output.")
    var input: String?

    @Option(help: "File for the result of --input.")
    var output: String?

    @OptionGroup(title: "Settings") var settings: SettingsOptions

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1 to 1024.") }
        guard (1...100_000).contains(runs) else { throw ValidationError("--runs must be 1 to 100000.") }
        guard (1...256).contains(atOnce) else { throw ValidationError("--at-once must be 1 to 256.") }
        guard (input == nil) == (output == nil) else { throw ValidationError("--input and --output require each other.") }
        try model.check()
    }

    func run() async throws {
        let pool = ComputePool(threads: threads ?? ProcessorCount.available)
        let generator = try await pool.run { [model] _ in try model.generator() }
        if let input, let output {
            try await convert(input, output, generator, pool)
        } else {
            let benchmark = EngineBenchmark(width: size.width, height: size.height, runs: runs, atOnce: atOnce)
            let report = try await benchmark.run(generator, on: pool)
            print(format == .json ? try report.json() : report.text(layers: layers))
        }
    }

    private func convert(_ input: String, _ output: String, _ generator: Generator, _ pool: ComputePool) async throws {
        try await pool.run { team in
            let array = try NumpyArray(reading: input), shape = array.shape
            guard shape.count == 4, shape[0] == 1, shape[1] == 3 else {
                throw ValidationError("\(input) has the shape \(shape); the generator takes 1×3×H×W.")
            }
            let result = try generator.run(planar: array.values, width: shape[3], height: shape[2], team: team)
            try Data(NumpyArray(shape: shape, values: result).encoded).write(to: URL(filePath: output), options: .atomic)
        }
    }
}
