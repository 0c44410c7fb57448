import ArgumentParser

/// The size of a picture on the command line: `512` or `640x360` (width × height) in pixels.
package struct PictureExtents: ExpressibleByArgument, Sendable, Equatable {
    /// In pixels.
    package let width: Int
    /// In pixels.
    package let height: Int
    /// Whether one number was given for both.
    package let isSingleSide: Bool

    /// A square.
    package init(_ side: Int) {
        width = side
        height = side
        isSingleSide = true
    }

    /// Reads one positive number or two with an `x` between them; nil for anything else.
    package init?(argument: String) {
        let sides = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard (1...2).contains(sides.count), sides.allSatisfy({ (1...1_000_000).contains($0) }) else { return nil }
        width = sides[0]
        height = sides[sides.count - 1]
        isSingleSide = sides.count == 1
    }

    /// The default value as help shows it.
    package var defaultValueDescription: String { isSingleSide ? "\(width)" : "\(width)x\(height)" }
}
