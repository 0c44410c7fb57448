import LoadTesting

/// The format of figures in text.
enum Figure {
    static let none = "–"

    /// Seconds as `0.68s`; below 10 ms as `1.25ms`.
    static func time(_ seconds: Double?) -> String {
        guard let seconds, seconds.isFinite else { return none }
        if seconds < 0.01 { return Decimals.text(seconds * 1000, places: 2) + "ms" }
        return Decimals.text(seconds, places: seconds < 0.1 ? 3 : seconds < 10 ? 2 : seconds < 100 ? 1 : 0) + "s"
    }

    /// A rate: `7.20`, `133`, `28841`.
    static func rate(_ value: Double?) -> String {
        guard let value, value.isFinite else { return none }
        return Decimals.text(value, places: value < 100 ? 2 : value < 1000 ? 1 : 0)
    }

    /// A share of 1 as `0.0%`.
    static func share(_ value: Double?) -> String {
        guard let value, value.isFinite else { return none }
        let percent = value * 100
        // Something is never shown as nothing.
        return percent > 0 && percent < 0.05 ? "<0.1%" : Decimals.text(percent, places: 1) + "%"
    }

    /// Percent as `65%`.
    static func percent(_ value: Double?) -> String {
        guard let value, value.isFinite else { return none }
        return Decimals.text(value, places: 0) + "%"
    }

    /// Bytes as `421 MB` (10⁶).
    static func bytes(_ bytes: Double?) -> String {
        guard let bytes, bytes.isFinite else { return none }
        if bytes < 1e3 { return Decimals.text(bytes, places: 0) + " B" }
        if bytes < 1e6 { return Decimals.text(bytes / 1e3, places: 0) + " KB" }
        if bytes < 1e9 { return Decimals.text(bytes / 1e6, places: bytes < 1e7 ? 1 : 0) + " MB" }
        return Decimals.text(bytes / 1e9, places: 2) + " GB"
    }

    /// Seconds as `1:05` or `2:00:00`.
    static func clock(_ seconds: Double) -> String {
        let all = Int(max(0, min(seconds, 1e9)).rounded())
        let tail = two(all % 60)
        return all < 3600 ? "\(all / 60):\(tail)" : "\(all / 3600):\(two(all / 60 % 60)):\(tail)"
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
