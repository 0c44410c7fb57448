package import LatencyHistograms
package import LoadGeneration


/// How much work requests are, in core-seconds.
package enum WorkDistribution: Sendable {
    /// All alike.
    case constant(Double)
    /// Exponential, with this mean.
    case exponential(mean: Double)
    /// As measured.
    case measured(MeasuredWork)

    /// The mean in core-seconds.
    package var mean: Double {
        switch self {
        case .constant(let seconds): seconds
        case .exponential(let mean): mean
        case .measured(let work): work.mean
        }
    }

    /// One request's core-seconds.
    func sample(_ random: inout SeededRandom) -> Double {
        switch self {
        case .constant(let seconds): seconds
        case .exponential(let mean): mean * random.exponential()
        case .measured(let work): work.sample(&random)
        }
    }
}

/// Work with the spread of measured service times.
package struct MeasuredWork: Sendable {
    /// The mean in core-seconds.
    package let mean: Double
    private let seconds: [Double]
    /// How many requests lie in the buckets up to each.
    private let upTo: [UInt64]

    /// Scales a histogram of service times to a mean in core-seconds; nil if it is empty.
    package init?(shape: LatencyHistogram, mean: Double) {
        guard shape.mean > 0, mean > 0 else { return nil }
        self.mean = mean
        let scale = mean / shape.mean
        var sum: UInt64 = 0
        let buckets = shape.buckets
        seconds = buckets.map { Double($0.lowest + $0.highest) / 2 * scale }
        upTo = buckets.map { bucket in
            sum += bucket.count
            return sum
        }
    }

    func sample(_ random: inout SeededRandom) -> Double {
        let rank = UInt64(random.unit() * Double(upTo[upTo.count - 1]))
        var low = 0, high = upTo.count - 1
        while low < high {
            let middle = (low + high) / 2
            if upTo[middle] > rank { high = middle } else { low = middle + 1 }
        }
        return seconds[low]
    }
}
