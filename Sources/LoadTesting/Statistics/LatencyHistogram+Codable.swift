/// As JSON: `count`, `total`, `minimum`, `maximum`, `clipped` and `buckets`, pairs of a bucket's lowest microsecond and its count. Nothing is lost:
/// a histogram that was read is equal to the one written.
extension LatencyHistogram: Codable {
    private enum Key: String, CodingKey {
        case count, total, minimum, maximum, clipped, buckets
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(count, forKey: .count)
        try container.encode(total, forKey: .total)
        try container.encode(shortest, forKey: .minimum)
        try container.encode(maximum, forKey: .maximum)
        try container.encode(clipped, forKey: .clipped)
        try container.encode(buckets.map { [$0.lowest, $0.count] }, forKey: .buckets)
    }

    /// Reads what `encode` wrote. Errors: `DecodingError`, if the buckets are no histogram.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let pairs = try container.decode([[UInt64]].self, forKey: .buckets)
        let count = try container.decode(UInt64.self, forKey: .count)
        // 2⁴⁸ requests of an hour each still fit into the sums.
        guard pairs.allSatisfy({ $0.count == 2 && $0[0] <= Self.longest && $0[1] < 1 << 48 }), count < 1 << 48 else {
            throw DecodingError.dataCorruptedError(
                forKey: .buckets, in: container, debugDescription: "buckets are pairs of microseconds and a count")
        }
        let minimum = try container.decode(UInt64.self, forKey: .minimum)
        self.init()
        for pair in pairs where pair[1] > 0 {
            // The shortest is remembered as it was recorded, so it has to be recorded as it was.
            let isFirst = isEmpty && bucket(of: minimum).lowest == bucket(of: pair[0]).lowest
            record(isFirst ? minimum : pair[0], times: pair[1])
        }
        guard UInt64(self.count) == count else {
            throw DecodingError.dataCorruptedError(
                forKey: .count, in: container, debugDescription: "the buckets hold \(self.count) durations, not \(count)")
        }
        restore(
            maximum: try container.decode(UInt64.self, forKey: .maximum),
            total: try container.decode(UInt64.self, forKey: .total), clipped: try container.decode(Int.self, forKey: .clipped))
    }
}
