import ArgumentParser

/// A time on the command line: `3s`, `500ms`, `1.5m`, `1h`; a number without a unit is in seconds.
package struct TimeSpan: ExpressibleByArgument, Sendable, Equatable, CustomStringConvertible {
    /// The time in seconds, 0 to one year.
    package var seconds: Double

    package init(seconds: Double) { self.seconds = seconds }

    /// Reads a number with or without a unit; nil for anything else, and for more than a year.
    package init?(argument: String) {
        let number = argument.prefix { $0.isNumber || $0 == "." }
        guard let value = Double(number), let factor = Self.factors[String(argument.dropFirst(number.count))],
            value * factor <= 366 * 86_400
        else { return nil }
        seconds = value * factor
    }

    private static let factors: [String: Double] = ["ms": 0.001, "": 1, "s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400]

    /// The time as a duration.
    package var duration: Duration { .seconds(seconds) }

    package var description: String {
        if seconds >= 3_600, seconds.truncatingRemainder(dividingBy: 3_600) == 0 { return "\(Int(seconds / 3_600))h" }
        if seconds >= 60, seconds.truncatingRemainder(dividingBy: 60) == 0 { return "\(Int(seconds / 60))m" }
        return seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(Int((seconds * 1000).rounded()))ms"
    }

    /// The default value as help shows it.
    package var defaultValueDescription: String { description }
}
