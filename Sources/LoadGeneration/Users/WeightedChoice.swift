/// Chooses among things with weights.
package struct WeightedChoice {
    /// Sums of the weights up to and including each.
    private let sums: [Double]

    /// Weights above 0.
    package init(_ weights: [Double]) {
        var sum = 0.0
        sums = weights.map { weight in
            sum += weight
            return sum
        }
    }

    /// The index of the one chosen. A single thing costs no random number.
    package func next(_ random: inout SeededRandom) -> Int {
        guard sums.count > 1, let total = sums.last else { return 0 }
        let point = random.unit() * total
        return sums.firstIndex { point < $0 } ?? sums.count - 1
    }
}
