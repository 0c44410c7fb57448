import Foundation

/// Figures as people read them, the same everywhere that text is written.
enum Figure {
    static let none = "–"

    /// Milliseconds as `0.68s` from 10 ms on, as `1.25ms` below.
    static func time(_ milliseconds: Double?) -> String {
        guard let milliseconds, milliseconds.isFinite else { return none }
        if milliseconds < 10 { return decimals(milliseconds, 2) + "ms" }
        let seconds = milliseconds / 1000
        return decimals(seconds, seconds < 10 ? (seconds < 0.1 ? 3 : 2) : seconds < 100 ? 1 : 0) + "s"
    }

    /// A rate: `7.20`, `133`, `28841`.
    static func rate(_ value: Double?) -> String {
        guard let value, value.isFinite else { return none }
        return decimals(value, value < 100 ? 2 : value < 1000 ? 1 : 0)
    }

    /// A share of 1 as `0.0%`.
    static func share(_ value: Double?) -> String {
        guard let value, value.isFinite else { return none }
        let percent = value * 100
        // Something is never shown as nothing.
        return percent > 0 && percent < 0.05 ? "<0.1%" : decimals(percent, 1) + "%"
    }

    /// Percent as `65%`.
    static func percent(_ value: Double?) -> String {
        guard let value, value.isFinite else { return none }
        return decimals(value, 0) + "%"
    }

    /// Bytes as `421 MB` (10⁶).
    static func bytes(_ value: (some BinaryInteger)?) -> String {
        guard let value else { return none }
        let bytes = Double(value)
        if bytes < 1e3 { return decimals(bytes, 0) + " B" }
        if bytes < 1e6 { return decimals(bytes / 1e3, 0) + " KB" }
        if bytes < 1e9 { return decimals(bytes / 1e6, bytes < 1e7 ? 1 : 0) + " MB" }
        return decimals(bytes / 1e9, 2) + " GB"
    }

    /// Seconds as `1:05` or `2:00:00`.
    static func clock(_ seconds: Double) -> String {
        let all = Int(max(0, min(seconds, 1e9)).rounded())
        let tail = two(all % 60)
        return all < 3600 ? "\(all / 60):\(tail)" : "\(all / 3600):\(two(all / 60 % 60)):\(tail)"
    }

    static func decimals(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
