import ArgumentParser

/// A number of bytes on the command line: `64MB`, `512MiB`, `1.5GB`, `0`.
package struct ByteCount: ExpressibleByArgument, Sendable, Equatable, CustomStringConvertible {
    /// The number of bytes.
    package var bytes: Int

    package init(_ bytes: Int) { self.bytes = bytes }

    /// Reads a number with or without a unit; nil for anything else. Units with and without `B`: decimal (`kB`, `MB`, `GB`), binary
    /// (`KiB`, `MiB`, `GiB`; also `K`, `M`, `G`).
    package init?(argument: String) {
        let number = argument.prefix { $0.isNumber || $0 == "." }
        let unit = argument.dropFirst(number.count).lowercased()
        guard let value = Double(number), let factor = Self.factors[unit], value * factor < 1e15 else { return nil }
        bytes = Int((value * factor).rounded())
    }

    private static let factors: [String: Double] = [
        "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "k": 1024, "m": 1_048_576, "g": 1_073_741_824,
        "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824,
    ]

    package var description: String {
        if bytes >= 1_000_000, bytes % 1_000_000 == 0 { return "\(bytes / 1_000_000)MB" }
        return bytes >= 1_000 && bytes % 1_000 == 0 ? "\(bytes / 1_000)kB" : "\(bytes)"
    }

    /// The default value as help shows it.
    package var defaultValueDescription: String { description }
}
