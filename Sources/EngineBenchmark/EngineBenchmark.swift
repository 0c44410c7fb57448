package import AnimeGAN
import Foundation

/// Times a generator on a picture in memory: the network alone, without decoding and encoding.
package struct EngineBenchmark: Sendable {
    /// The picture's width in pixels.
    package var width: Int
    /// The picture's height in pixels.
    package var height: Int
    /// The number of timed runs, after one to warm up.
    package var runs: Int
    /// The number of pictures to run at the same time; the pool's threads are divided among them.
    package var atOnce: Int

    package init(width: Int, height: Int, runs: Int, atOnce: Int) {
        self.width = width
        self.height = height
        self.runs = runs
        self.atOnce = atOnce
    }

    /// Runs the benchmark on the threads of `pool`.
    /// - Throws: `EngineError` for a size that the generator does not take.
    package func run(_ generator: Generator, on pool: ComputePool) async throws -> BenchmarkReport {
        let threads = max(1, pool.threadCount / atOnce)
        let timed = try await withThrowingTaskGroup { group in
            for _ in 0..<atOnce {
                group.addTask { try await pool.run(threads: threads) { try timedRuns(generator, $0) } }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        return BenchmarkReport(
            height: height, width: width, threads: threads, atOnce: atOnce, isa: generator.kernels.name,
            peak: try await pool.run { _ in ArithmeticPeak.measure(generator.kernels) }, runs: timed)
    }

    private func timedRuns(_ generator: Generator, _ team: ComputeTeam) throws -> [BenchmarkReport.Run] {
        // Values of both signs in [−1, 1]; the time does not depend on them.
        let picture = (0..<3 * width * height).map { sin(Float($0) * 0.37) }
        var timed: [BenchmarkReport.Run] = []
        for index in 0...runs {
            var layers: [BenchmarkReport.Layer] = []
            let start = ContinuousClock.now
            _ = try generator.run(planar: picture, width: width, height: height, team: team) {
                layers.append(BenchmarkReport.Layer($0))
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            if index > 0 { timed.append(.init(seconds: seconds, layers: layers)) }
        }
        return timed
    }
}

extension BenchmarkReport.Layer {
    init(_ timing: LayerTiming) {
        self.init(
            name: timing.name, algorithm: timing.algorithm, seconds: timing.seconds,
            directMultiplications: timing.directMultiplications, executedMultiplications: timing.executedMultiplications)
    }
}
