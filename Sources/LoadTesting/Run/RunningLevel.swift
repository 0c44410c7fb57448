/// Mean over time and largest of a figure, second by second, without keeping the seconds.
struct RunningLevel: Sendable {
    private var weighted = 0.0
    private var seconds = 0.0
    private var maximum = 0.0

    /// Nil adds nothing: what was not measured is not zero.
    mutating func add(_ value: Double?, seconds: Double) {
        guard let value, seconds > 0 else { return }
        maximum = self.seconds == 0 ? value : max(maximum, value)
        weighted += value * seconds
        self.seconds += seconds
    }

    /// Nil when nothing was added.
    var level: ResourceUse.Level? {
        seconds > 0 ? ResourceUse.Level(mean: weighted / seconds, maximum: maximum) : nil
    }
}
