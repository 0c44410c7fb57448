/// The mean of the latest values: each counts a tenth less than the one after it.
struct RecentMean: Sendable {
    private var weight = 0.0
    private var sum = 0.0

    /// nil before the first value.
    var value: Double? { weight > 0 ? sum / weight : nil }

    mutating func add(_ value: Double) {
        weight = weight * 0.9 + 1
        sum = sum * 0.9 + value
    }
}
