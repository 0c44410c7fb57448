/// How many workers a pool has: a number, or a least and a most between which it follows the load.
package struct WorkerCount: Sendable, Equatable, Codable, CustomStringConvertible {
    /// Workers that are there also when nobody asks for anything; at least 1.
    package let least: Int
    /// Workers under the highest load.
    package let most: Int

    /// More than these are more than any machine has use for.
    package static let limit = 256

    /// A range; nil when it is empty, below 1 or above `limit`.
    package init?(least: Int, most: Int) {
        guard 1 <= least, least <= most, most <= Self.limit else { return nil }
        self.least = least
        self.most = most
    }

    /// Reads `4` or `2..8`; nil for anything else.
    package init?(_ text: String) {
        let ends = text.split(separator: "..", maxSplits: 1, omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count <= 2, let least = ends.first ?? nil, let most = ends.last ?? nil else { return nil }
        self.init(least: least, most: most)
    }

    /// Whether the number follows the load.
    package var isElastic: Bool { least < most }

    package var description: String { isElastic ? "\(least)..\(most)" : "\(least)" }

    /// The nearest number that is allowed.
    package func clamp(_ number: Int) -> Int { min(most, max(least, number)) }
}
