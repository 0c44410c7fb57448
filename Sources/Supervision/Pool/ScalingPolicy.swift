/// How many workers a load needs.
///
/// Scales up when work waits longer than `waitToGrow` or the workers' cores are busier than `utilizationToGrow` for some evaluations in a
/// row: by as many workers as bring utilization back to `targetUtilization`, at least one. Scales down by one when one worker fewer would
/// be enough for many evaluations in a row; there a moving average counts, because random arrivals make single seconds busy under any
/// load. The two thresholds lie far apart, so that a load between them changes nothing.
package struct ScalingPolicy: Sendable, Equatable {
    /// The policy's parameters.
    package struct Settings: Sendable, Equatable {
        /// Mean wait in seconds above which to scale up.
        package var waitToGrow = 1.0
        /// Share of busy cores above which to scale up.
        package var utilizationToGrow = 0.85
        /// Evaluations in a row, one a second, before scaling up.
        package var evaluationsToGrow = 3
        /// Share of busy cores that scaling up aims at.
        package var targetUtilization = 0.7
        /// Largest share of busy cores that scaling down may lead to.
        package var utilizationToShrink = 0.5
        /// Evaluations in a row before scaling down.
        package var evaluationsToShrink = 60
        /// Evaluations that the moving average covers.
        package var averagedEvaluations = 10.0

        package init() {}
    }

    private struct Load: Equatable {
        var utilization: Double
        var wait: Double
    }

    private let settings: Settings
    private var overloaded = 0
    private var underused = 0
    /// The exponential moving average since the number of workers last changed.
    private var average: Load?

    package init(_ settings: Settings = Settings()) { self.settings = settings }

    /// Evaluates the load, once a second.
    /// - Parameters:
    ///   - workers: those that serve.
    ///   - starting: those that will serve soon. While there are any, the number stays.
    ///   - utilization: the share of the workers' cores in use since the last evaluation, 0 to 1.
    ///   - wait: the mean time in seconds that work waits before it runs.
    /// - Returns: the number of workers that there should be, within `count`.
    package mutating func evaluate(workers: Int, starting: Int, utilization: Double, wait: Double, count: WorkerCount) -> Int {
        guard workers > 0, starting == 0 else { return count.clamp(workers + starting) }
        let isOverloaded = wait > settings.waitToGrow || utilization > settings.utilizationToGrow
        overloaded = isOverloaded ? overloaded + 1 : 0
        let load = averaged(Load(utilization: utilization, wait: wait))
        underused = isEnoughWithOneFewer(load, workers: workers) ? underused + 1 : 0
        if overloaded >= settings.evaluationsToGrow {
            reset()
            let byUtilization = Int((Double(workers) * utilization / settings.targetUtilization).rounded(.up))
            // Utilization can't exceed 1, however much more is asked for; half as many again gets there in a few steps.
            let byWait = wait > settings.waitToGrow ? workers + max(1, workers / 2) : 0
            return count.clamp(max(workers + 1, byUtilization, byWait))
        }
        if underused >= settings.evaluationsToShrink {
            reset()
            return count.clamp(workers - 1)
        }
        return count.clamp(workers)
    }

    /// Forgets earlier evaluations, after the number of workers has been changed by hand.
    package mutating func reset() {
        overloaded = 0
        underused = 0
        average = nil
    }

    private mutating func averaged(_ sample: Load) -> Load {
        let before = average ?? sample
        let now = Load(
            utilization: before.utilization + (sample.utilization - before.utilization) / settings.averagedEvaluations,
            wait: before.wait + (sample.wait - before.wait) / settings.averagedEvaluations)
        average = now
        return now
    }

    private func isEnoughWithOneFewer(_ load: Load, workers: Int) -> Bool {
        guard workers > 1 else { return false }
        let utilization = load.utilization * Double(workers) / Double(workers - 1)
        return load.wait < settings.waitToGrow / 4 && utilization < settings.utilizationToShrink
    }
}

/// The number of workers of a pool: fixed, or a range within which it follows the load.
package struct WorkerCount: Sendable, Equatable, Codable, CustomStringConvertible {
    /// Workers without any load; at least 1.
    package let least: Int
    /// Workers under the highest load; at most ``limit``.
    package let most: Int

    /// No machine has use for more workers.
    package static let limit = 256

    /// A range; nil when it is empty or not within 1 to ``limit``.
    package init?(least: Int, most: Int) {
        guard 1 <= least, least <= most, most <= Self.limit else { return nil }
        self.least = least
        self.most = most
    }

    /// Reads `4` or `2..8`; nil for anything else.
    package init?(_ text: String) {
        let ends = text.split(separator: "..", maxSplits: 1, omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count <= 2, let least = ends.first ?? nil, let most = ends.last ?? nil else { return nil }
        self.init(least: least, most: most)
    }

    /// Whether the number follows the load.
    package var isElastic: Bool { least < most }

    package var description: String { isElastic ? "\(least)..\(most)" : "\(least)" }

    /// The nearest allowed number.
    package func clamp(_ number: Int) -> Int { min(most, max(least, number)) }
}

/// Divides a machine's cores among workers, so that all workers together have no more compute threads than there are cores.
package struct CoreShare: Sendable, Equatable {
    /// The cores to divide; at least 1.
    package let cores: Int
    /// The largest number of workers; at least 1.
    package let workers: Int

    package init(cores: Int, workers: Int) {
        self.cores = max(1, cores)
        self.workers = max(1, workers)
    }

    /// The compute threads of the worker in a slot, counted from 0. The first slots get the cores left over; each slot gets at least one.
    package func threads(slot: Int) -> Int {
        max(1, cores / workers + (slot < cores % workers ? 1 : 0))
    }

    /// Whether there are more workers than cores, so that they take turns.
    package var isOversubscribed: Bool { workers > cores }
}
