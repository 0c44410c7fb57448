extension LatencyHistogram {
    /// The histogram that users would have seen who send a request every `expectedInterval` microseconds and are not kept from it by a
    /// slow answer: HdrHistogram's correction for coordinated omission. A duration d longer than the interval e adds d − e, d − 2e, …
    /// down to e, what the requests would have taken that were not sent meanwhile.
    ///
    /// Complexity: for each bucket with durations, the buckets below it; not the number of requests added.
    package func corrected(expectedInterval: UInt64) -> LatencyHistogram {
        guard expectedInterval > 0, maximum > expectedInterval else { return self }
        var result = self
        for bucket in buckets where bucket.highest > expectedInterval {
            let value = min(bucket.lowest + (bucket.highest - bucket.lowest) / 2, maximum)
            result.fill(below: value, every: expectedInterval, times: bucket.count)
        }
        return result
    }

    /// Adds `value` − `interval`, `value` − 2·`interval`, …, as long as they are no less than `interval`; each `times` times.
    private mutating func fill(below value: UInt64, every interval: UInt64, times: UInt64) {
        guard value > interval else { return }
        var missing = value - interval
        while missing >= interval {
            // All that fall into one bucket at once, so that a stall of an hour at 20,000 requests a second costs no more.
            let lowest = max(bucket(of: missing).lowest, interval)
            let steps = (missing - lowest) / interval + 1
            let last = missing - (steps - 1) * interval
            record((missing + last) / 2, times: steps * times)
            guard last > interval else { return }
            missing = last - interval
        }
    }
}
