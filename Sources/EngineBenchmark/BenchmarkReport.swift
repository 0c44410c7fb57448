import Foundation

/// The measurements of a benchmark.
package struct BenchmarkReport: Sendable {
    /// The timing of one layer.
    package struct Layer: Sendable {
        /// The checkpoint's name of the layer.
        package let name: String
        /// The name of the algorithm.
        package let algorithm: String
        /// The time in seconds.
        package let seconds: Double
        /// Multiplications of the plain convolution.
        package let directMultiplications: Int
        /// Multiplications that the algorithm executes.
        package let executedMultiplications: Int

        package init(
            name: String, algorithm: String, seconds: Double, directMultiplications: Int, executedMultiplications: Int
        ) {
            self.name = name
            self.algorithm = algorithm
            self.seconds = seconds
            self.directMultiplications = directMultiplications
            self.executedMultiplications = executedMultiplications
        }
    }

    /// One timed run.
    package struct Run: Sendable {
        /// The time of the whole network in seconds.
        package let seconds: Double
        /// The timings of the layers, in their order.
        package let layers: [Layer]

        package init(seconds: Double, layers: [Layer]) {
            self.seconds = seconds
            self.layers = layers
        }
    }

    let height: Int
    let width: Int
    /// The number of threads for each picture.
    let threads: Int
    /// The number of pictures that ran at the same time.
    let atOnce: Int
    let isa: String
    /// The arithmetic peak of one thread, in multiply-accumulates a second.
    let peak: Double
    let runs: [Run]

    /// - Parameters:
    ///   - threads: the number of threads for each picture.
    ///   - atOnce: the number of pictures that ran at the same time.
    ///   - isa: the name of the instruction set.
    ///   - peak: the arithmetic peak of one thread, in multiply-accumulates a second.
    ///   - runs: at least one.
    package init(height: Int, width: Int, threads: Int, atOnce: Int, isa: String, peak: Double, runs: [Run]) {
        self.height = height
        self.width = width
        self.threads = threads
        self.atOnce = atOnce
        self.isa = isa
        self.peak = peak
        self.runs = runs
    }

    private func picturesPerSecond(median: Double) -> Double { Double(atOnce) * 1000 / median }

    private var milliseconds: [Double] { runs.map { $0.seconds * 1000 }.sorted() }
    private var direct: Double { runs[0].layers.reduce(0) { $0 + Double($1.directMultiplications) } }
    private var executed: Double { runs[0].layers.reduce(0) { $0 + Double($1.executedMultiplications) } }

    /// The least time in milliseconds that so many multiplications can take on these threads.
    private func floor(_ multiplications: Double) -> Double { multiplications / (peak * Double(threads)) * 1000 }

    static func median(_ sorted: [Double]) -> Double {
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// One line for the network, and with `layers` one for each layer before it. Times are medians of the runs.
    package func text(layers: Bool) -> String {
        let times = milliseconds, median = Self.median(times)
        var lines = layers ? layerLines() : []
        lines.append(
            String(
                format:
                    "%dx%d  %@  %@%d thread%@  median %.1f ms  min %.1f  max %.1f  %.2f pictures/s  %.0f GMAC/s effective (%.0f executed, %.0f%% of the peak)  peak memory %d MB",
                width, height, isa, atOnce == 1 ? "" : "\(atOnce) at once, each ", threads, threads == 1 ? "" : "s", median,
                times[0], times[times.count - 1], picturesPerSecond(median: median), direct / median / 1e6,
                executed / median / 1e6, 100 * floor(executed) / median, Self.peakMemory >> 20))
        return lines.joined(separator: "\n")
    }

    private func layerLines() -> [String] {
        let header = "layer               algorithm                   ms  share  GMAC/s effective  executed  of floor"
        return [header]
            + layerMedians().map { layer in
                let name = layer.timing.name.padding(toLength: 20, withPad: " ", startingAt: 0)
                let algorithm = layer.timing.algorithm.padding(toLength: 22, withPad: " ", startingAt: 0)
                let numbers = String(
                    format: "%8.2f  %4.1f%%  %16.1f  %8.1f  %7.0f%%", layer.milliseconds, 100 * layer.share,
                    Double(layer.timing.directMultiplications) / layer.milliseconds / 1e6,
                    Double(layer.timing.executedMultiplications) / layer.milliseconds / 1e6,
                    100 * floor(Double(layer.timing.executedMultiplications)) / layer.milliseconds)
                return name + algorithm + numbers
            }
    }

    private struct LayerMedian {
        let timing: Layer
        let milliseconds: Double
        let share: Double
    }

    private func layerMedians() -> [LayerMedian] {
        let medians = runs[0].layers.indices.map { index in
            Self.median(runs.map { $0.layers[index].seconds * 1000 }.sorted())
        }
        let sum = medians.reduce(0, +)
        return zip(runs[0].layers, medians).map { LayerMedian(timing: $0, milliseconds: $1, share: $1 / sum) }
    }

    private struct Document: Encodable {
        struct Layer: Encodable {
            let name, algorithm: String
            let median_ms, direct_gmac, executed_gmac: Double
        }

        let height, width, threads, at_once, runs: Int
        let min_ms, median_ms, max_ms: Double
        let pictures_per_second, effective_gmac_per_second, direct_gmac, executed_gmac: Double
        let peak_gmac_per_second_per_thread, floor_ms: Double
        let peak_rss_bytes: Int
        let isa: String
        let layers: [Layer]
    }

    /// One JSON object.
    package func json() throws -> String {
        let times = milliseconds, median = Self.median(times)
        let document = Document(
            height: height, width: width, threads: threads, at_once: atOnce, runs: runs.count, min_ms: times[0],
            median_ms: median, max_ms: times[times.count - 1], pictures_per_second: picturesPerSecond(median: median),
            effective_gmac_per_second: direct / median / 1e6,
            direct_gmac: direct / 1e9, executed_gmac: executed / 1e9, peak_gmac_per_second_per_thread: peak / 1e9,
            floor_ms: floor(executed), peak_rss_bytes: Self.peakMemory, isa: isa,
            layers: layerMedians().map {
                .init(
                    name: $0.timing.name, algorithm: $0.timing.algorithm, median_ms: $0.milliseconds,
                    direct_gmac: Double($0.timing.directMultiplications) / 1e9,
                    executed_gmac: Double($0.timing.executedMultiplications) / 1e9)
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }

    /// The peak resident memory of this process in bytes.
    private static var peakMemory: Int {
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss * 1024
        #endif
    }
}
