import AnimeGAN
import ArgumentParser
import BlockingThreads
import Checkpoints
import Foundation

/// `sakuga bench`: times the engine, or runs it once on an array for comparison with a reference.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Time the engine, or run it once on a NumPy array.",
        discussion: """
            The time is the network's alone, on a picture in memory. Effective GMAC/s counts the multiplications of the plain \
            convolutions, executed GMAC/s those that the algorithms really do.

            Examples:
              sakuga bench
              sakuga bench --size 640x360 --threads 1 --runs 9 --layers
              sakuga bench --threads 2 --at-once 2          two pictures at a time, one thread each
              sakuga bench --format json
              sakuga bench --input x.npy --output y.npy     float32, 1×3×H×W, in [−1, 1]
            """)

    /// A picture's extents on the command line: `512` or `640x360` (width × height).
    struct Extents: ExpressibleByArgument {
        let width: Int
        let height: Int

        init?(argument: String) {
            let sides = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(sides.count), let width = sides[0], let height = sides[sides.count - 1] else { return nil }
            self.width = width
            self.height = height
        }

        init(_ side: Int) {
            width = side
            height = side
        }

        var defaultValueDescription: String { width == height ? "\(width)" : "\(width)x\(height)" }
    }

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    @Option(help: "Pixels: a square's side, or WIDTHxHEIGHT.")
    var size = Extents(512)

    @Option(help: "How many threads to use. (default: one for each core)")
    var threads: Int?

    @Option(help: "How many runs to time, after one to warm up.")
    var runs = 5

    @Option(help: "How many pictures to run at the same time, as a busy server does; --threads are divided among them.")
    var atOnce = 1

    @Flag(help: "Show each layer: algorithm, time, GMAC/s.")
    var layers = false

    @OptionGroup var model: ModelOptions

    @Option(help: "text, or json: one object.")
    var format = Format.text

    @Option(help: "Run once on this array (.npy, float32, 1×3×H×W, in [−1, 1]) and write --output.")
    var input: String?

    @Option(help: "Where to write what the generator makes of --input.")
    var output: String?

    @OptionGroup(title: "Settings") var settings: SettingsOptions

    func validate() throws {
        if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads is 1 to 1024.") }
        guard (1...100_000).contains(runs) else { throw ValidationError("--runs is 1 to 100000.") }
        guard (1...256).contains(atOnce) else { throw ValidationError("--at-once is 1 to 256.") }
        guard (input == nil) == (output == nil) else { throw ValidationError("--input and --output go together.") }
        try model.check()
    }

    func run() async throws {
        let pool = ComputePool(threads: threads ?? ProcessorCount.available)
        let generator = try await pool.run { [model] _ in try model.generator() }
        if let input, let output {
            try await convert(input, output, generator, pool)
        } else {
            try await time(generator, pool)
        }
    }

    private func convert(_ input: String, _ output: String, _ generator: Generator, _ pool: ComputePool) async throws {
        try await pool.run { team in
            let array = try NumpyArray(reading: input), shape = array.shape
            guard shape.count == 4, shape[0] == 1, shape[1] == 3 else {
                throw ValidationError("\(input) has shape \(shape); the generator takes 1×3×H×W.")
            }
            let result = try generator.run(planar: array.values, width: shape[3], height: shape[2], team: team)
            try Data(NumpyArray(shape: shape, values: result).encoded).write(to: URL(filePath: output), options: .atomic)
        }
    }

    private func time(_ generator: Generator, _ pool: ComputePool) async throws {
        let each = max(1, pool.threadCount / atOnce)
        let runs = try await withThrowingTaskGroup { group in
            for _ in 0..<atOnce {
                group.addTask { try await pool.run(threads: each) { try timedRuns(generator, $0) } }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let report = BenchReport(
            height: size.height, width: size.width, threads: each, atOnce: atOnce, isa: generator.kernels.name,
            peak: try await pool.run { _ in ArithmeticPeak.measure(generator.kernels) }, runs: runs)
        print(format == .json ? try report.json() : report.text(layers: layers))
    }

    private func timedRuns(_ generator: Generator, _ team: ComputeTeam) throws -> [BenchReport.Run] {
        // A picture with something of everything; its content does not matter to the time.
        let picture = (0..<3 * size.width * size.height).map { sin(Float($0) * 0.37) }
        var timed: [BenchReport.Run] = []
        for index in 0...runs {
            var layers: [LayerTiming] = []
            let start = ContinuousClock.now
            _ = try generator.run(planar: picture, width: size.width, height: size.height, team: team) { layers.append($0) }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            if index > 0 { timed.append(.init(seconds: seconds, layers: layers)) }
        }
        return timed
    }
}
