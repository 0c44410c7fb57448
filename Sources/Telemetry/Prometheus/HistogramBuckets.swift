/// The buckets that histograms have unless they are told otherwise, by the unit that the metric's name ends in.
enum HistogramBuckets {
    /// Seconds from 5 ms to a minute, closest where pictures are made (0.05 s to 10 s).
    static let seconds = [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 30, 60,
    ]
    /// Bytes from 1 KiB to 1 GiB, each four times the one before.
    static let bytes = (0...10).map { Double(1_024 << (2 * $0)) }
    /// Counts of anything else.
    static let numbers: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]

    static func standard(for name: String) -> [Double] {
        if name.hasSuffix("_seconds") { return seconds }
        if name.hasSuffix("_bytes") { return bytes }
        return numbers
    }

    /// Bounds as the text format wants them: ascending, each once, without the infinite one, which is always there.
    static func ordered(_ bounds: [Double]) -> [Double] { Set(bounds.filter(\.isFinite)).sorted() }
}
