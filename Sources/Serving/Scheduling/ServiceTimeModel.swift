/// Predicts what a job costs from the jobs that have run: core-seconds = a fixed part + a part per megapixel.
///
/// The fixed part is decoding, encoding and whatever else does not grow with the picture that the generator sees. It differs
/// between machines, so both parts are fitted: least squares of the relative error over recent jobs (a job's weight falls by `decay`
/// with each later job). Jobs of a single size do not separate the two parts; the fit then keeps their usual proportion
/// (`usualFixedMegapixels`), towards which it is always regularized.
///
/// A measurement after the first is clamped to within a factor of `outlierFactor` of its prediction. A job that hung on the disk
/// therefore moves the estimate a little, and a machine that has really become slower is still followed.
package struct ServiceTimeModel: Sendable, Equatable {
    /// Core-seconds of a job apart from its pixels, at least 0.
    package private(set) var fixed: Double
    /// Core-seconds of a megapixel, at least 0.
    package private(set) var perMegapixel: Double
    /// Whether any job has been measured. Before that, the estimate is a default for a common machine.
    package private(set) var hasMeasured = false

    /// The usual size of the fixed part, in megapixels that take as long.
    static let usualFixedMegapixels = 0.0125
    private static let usualPerMegapixel = 1.4
    private static let decay = 0.95
    private static let outlierFactor = 4.0
    /// The strength of the regularization towards the usual proportion, in the unit of the variance of `Sums.v`.
    private static let regularization = 0.02
    /// Scales 1/(x + f) to 1 for a picture of 512×512.
    private static let reference = 0.262144 + usualFixedMegapixels

    /// Weighted sums over the measured jobs of v = reference/(x + f) and z = y/(x + f), where x is the job's megapixels, y its
    /// core-seconds and f the usual fixed part. In these, y = perMegapixel·(x + f) + d turns into z = perMegapixel + v·d/reference:
    /// a straight line whose error is the relative one, and whose slope d is what the fixed part has beyond the usual.
    private struct Sums: Equatable {
        var weight = 0.0, v = 0.0, z = 0.0, vv = 0.0, vz = 0.0

        mutating func add(v: Double, z: Double, weight: Double, decay: Double) {
            self.weight = self.weight * decay + weight
            self.v = self.v * decay + weight * v
            self.z = self.z * decay + weight * z
            vv = vv * decay + weight * v * v
            vz = vz * decay + weight * v * z
        }
    }

    private var sums = Sums()

    /// Creates a model with default costs, which the first measurement replaces.
    package init() {
        perMegapixel = Self.usualPerMegapixel
        fixed = Self.usualPerMegapixel * Self.usualFixedMegapixels
    }

    /// The predicted core-seconds of a job of `pixels` pixels; always more than 0.
    package func coreSeconds(pixels: Int) -> Double {
        max(1e-6, fixed + perMegapixel * Self.megapixels(pixels))
    }

    /// A job of `pixels` pixels took `coreSeconds`.
    ///
    /// `fullness` is the fraction of the slots that had a job while it ran, 0...1. It is the measurement's weight: with full slots a job
    /// has one core, as have the jobs whose wait is predicted; a job that has all cores to itself uses them less efficiently.
    package mutating func observe(pixels: Int, coreSeconds: Double, fullness: Double = 1) {
        guard coreSeconds.isFinite, coreSeconds > 0, pixels > 0 else { return }
        var measured = coreSeconds
        if hasMeasured {
            let expected = self.coreSeconds(pixels: pixels)
            measured = min(max(measured, expected / Self.outlierFactor), expected * Self.outlierFactor)
        }
        hasMeasured = true
        let size = Self.megapixels(pixels) + Self.usualFixedMegapixels
        let weight = min(1, max(0.01, fullness))
        sums.add(v: Self.reference / size, z: measured / size, weight: weight, decay: Self.decay)
        fit()
    }

    private mutating func fit() {
        let meanV = sums.v / sums.weight, meanZ = sums.z / sums.weight
        let variance = max(0, sums.vv / sums.weight - meanV * meanV)
        let slope = (sums.vz / sums.weight - meanV * meanZ) / (variance + Self.regularization)
        perMegapixel = meanZ - slope * meanV
        fixed = perMegapixel * Self.usualFixedMegapixels + slope * Self.reference
        // Neither part can be negative: the best constrained fit has the other part alone.
        if perMegapixel < 0 {
            perMegapixel = 0
            fixed = Self.reference * sums.vz / sums.vv
        } else if fixed < 0 {
            fixed = 0
            let f = Self.usualFixedMegapixels / Self.reference
            perMegapixel = (sums.z - f * sums.vz) / (sums.weight - 2 * f * sums.v + f * f * sums.vv)
        }
    }

    private static func megapixels(_ pixels: Int) -> Double { Double(pixels) / 1e6 }
}

/// Counts the core-seconds that each running job uses.
///
/// The compute pool is elastic: threads without a job help the running ones, so all cores work whenever any job runs. With r jobs in
/// slots on n cores, each gets n/r cores, and a job has used the integral of n/r over its run. While a job preempts those in slots, it
/// has all cores and they have none. The clock keeps these integrals; a job's use is the difference of two readings.
package struct CoreClock: Sendable {
    /// What a job uses between two readings.
    package struct Use: Sendable, Equatable {
        /// Core-seconds.
        package var coreSeconds: Double
        /// Seconds in which it had any core.
        package var seconds: Double

        /// Creates a use.
        package init(coreSeconds: Double = 0, seconds: Double = 0) {
            self.coreSeconds = coreSeconds
            self.seconds = seconds
        }

        static func - (left: Use, right: Use) -> Use {
            Use(coreSeconds: left.coreSeconds - right.coreSeconds, seconds: left.seconds - right.seconds)
        }
    }

    private var inSlot = Use()
    private var preempting = Use()
    private let slots: Double
    private var running = 0
    private var isPreempted = false
    private var last: ContinuousClock.Instant?

    /// Creates a clock for `slots` cores on which nothing runs.
    package init(slots: Int) {
        self.slots = Double(slots)
    }

    /// What a job would have used that has run from the beginning, always in a slot or always `preempting`.
    package func reading(preempting: Bool = false) -> Use { preempting ? self.preempting : inSlot }

    /// The time is `now`, and the running jobs have not changed since the last call. An earlier time than the last one is ignored.
    package mutating func advance(to now: ContinuousClock.Instant) {
        guard let last else {
            self.last = now
            return
        }
        guard now > last else { return }
        let seconds = (now - last) / .seconds(1)
        if isPreempted {
            preempting.seconds += seconds
            preempting.coreSeconds += seconds * slots
        } else if running > 0 {
            inSlot.seconds += seconds
            inSlot.coreSeconds += seconds * slots / Double(running)
        }
        self.last = now
    }

    /// From the last `advance` on, `count` jobs run in slots, and one preempts them or none does.
    package mutating func setRunning(_ count: Int, isPreempted: Bool = false) {
        running = count
        self.isPreempted = isPreempted
    }
}

/// An exponentially weighted mean: each value counts a tenth less than the one after it.
struct DecayingMean: Sendable {
    private var weight = 0.0
    private var sum = 0.0

    /// The mean; nil before the first value.
    var value: Double? { weight > 0 ? sum / weight : nil }

    mutating func add(_ value: Double) {
        weight = weight * 0.9 + 1
        sum = sum * 0.9 + value
    }
}
