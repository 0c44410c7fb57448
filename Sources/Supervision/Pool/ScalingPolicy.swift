/// How many workers a load asks for.
///
/// Up: when work would wait longer than `waitToGrow`, or the workers' cores are busy, for a few looks in a row; by as many as bring the
/// cores back to `comfort`, at least one. Down: by one, when one fewer would still be at ease, for a long time in a row; there a mean over
/// some looks counts, since arrivals by chance make single seconds busy in any load. The two thresholds lie far apart, so that a load
/// between them changes nothing.
package struct ScalingPolicy: Sendable, Equatable {
    /// The knobs.
    package struct Settings: Sendable, Equatable {
        /// Seconds of waiting, on average over the workers, from which on more are wanted.
        package var waitToGrow = 1.0
        /// The share of their cores that is busy from which on more are wanted.
        package var busyToGrow = 0.85
        /// Looks in a row, one a second, before more are started.
        package var looksToGrow = 3
        /// The share of busy cores that growing aims at.
        package var comfort = 0.7
        /// One fewer must leave at most this share busy.
        package var busyToShrink = 0.5
        /// Looks in a row before one is sent home.
        package var looksToShrink = 60
        /// Looks that the mean of load reaches back over, for shrinking.
        package var looksOfMean = 10.0

        /// The defaults.
        package init() {}
    }

    private let settings: Settings
    private var looksWanted = 0
    private var looksIdle = 0
    /// Exponential means over the looks since the number of workers last changed.
    private var mean: Load?

    private struct Load: Equatable {
        var busy: Double
        var waiting: Double
    }

    /// Begins without a past.
    package init(_ settings: Settings = Settings()) { self.settings = settings }

    /// One look, once a second: the number of workers there should be. `busy` is the share of the workers' cores in use since the last
    /// look, `waiting` the seconds that work waits on average; `workers` are those that serve, `starting` those that will soon.
    package mutating func look(workers: Int, starting: Int, busy: Double, waiting: Double, count: WorkerCount) -> Int {
        let present = workers + starting
        guard workers > 0, starting == 0 else { return count.clamp(present) }
        let isWanted = waiting > settings.waitToGrow || busy > settings.busyToGrow
        looksWanted = isWanted ? looksWanted + 1 : 0
        looksIdle = isEnoughWithOneFewer(average(Load(busy: busy, waiting: waiting)), workers: workers) ? looksIdle + 1 : 0
        if looksWanted >= settings.looksToGrow {
            reset()
            let byCores = Int((Double(workers) * busy / settings.comfort).rounded(.up))
            // Waiting says that more is asked for than busy cores can show; doubling gets there in a few steps from anywhere.
            let byWaiting = waiting > settings.waitToGrow ? workers + max(1, workers / 2) : 0
            return count.clamp(max(workers + 1, byCores, byWaiting))
        }
        if looksIdle >= settings.looksToShrink {
            reset()
            return count.clamp(workers - 1)
        }
        return count.clamp(workers)
    }

    /// Takes a look into the mean.
    private mutating func average(_ look: Load) -> Load {
        let before = mean ?? look
        let now = Load(
            busy: before.busy + (look.busy - before.busy) / settings.looksOfMean,
            waiting: before.waiting + (look.waiting - before.waiting) / settings.looksOfMean)
        mean = now
        return now
    }

    /// Whether one worker fewer would be at ease with a load.
    private func isEnoughWithOneFewer(_ load: Load, workers: Int) -> Bool {
        guard workers > 1 else { return false }
        let busyWithOneFewer = load.busy * Double(workers) / Double(workers - 1)
        return load.waiting < settings.waitToGrow / 4 && busyWithOneFewer < settings.busyToShrink
    }

    /// Forgets the looks so far; after a change by hand.
    package mutating func reset() {
        looksWanted = 0
        looksIdle = 0
        mean = nil
    }
}
