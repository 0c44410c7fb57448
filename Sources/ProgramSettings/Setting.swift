/// The value of an option and where it comes from.
package struct Setting: Sendable {
    /// Where a value comes from.
    package enum Origin: Sendable, Equatable, CustomStringConvertible {
        case commandLine
        case variable(String)
        case file(String)
        case defaultValue

        package var description: String {
            switch self {
            case .commandLine: "command line"
            case .variable(let name): name
            case .file(let path): path
            case .defaultValue: "default"
            }
        }
    }

    /// The option.
    package let option: ConfigurableOption
    /// The values as text; `true` or `false` for a flag. Empty without a value and without a default.
    package let values: [String]
    /// Where the values come from.
    package let origin: Origin

    /// Whether the values come from the environment or the file.
    package var isExternal: Bool { origin != .commandLine && origin != .defaultValue }

    /// The values as text to show; passwords are masked.
    package var shownValue: String {
        values.isEmpty ? "(none)" : values.map { SecretMask.masked($0, of: option.name) }.joined(separator: ", ")
    }
}

/// Everything that is wrong with the settings of a file or of the environment; one sentence a line.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    /// The sentences.
    package let description: String

    init(_ problems: String...) { self.init(all: problems) }

    init(all problems: [String]) { description = problems.joined(separator: "\n") }
}

/// Masks passwords in what is shown.
enum SecretMask {
    private static let secretSuffixes = ["token", "password", "secret"]

    /// The value without the password of a URL (`redis://:***@host/0`); `***` for an option that is itself a secret.
    static func masked(_ value: String, of name: String) -> String {
        if secretSuffixes.contains(where: name.hasSuffix) { return "***" }
        guard let scheme = value.firstRange(of: "://"),
            let at = value[scheme.upperBound...].lastIndex(of: "@")
        else { return value }
        let user = value[scheme.upperBound..<at].prefix { $0 != ":" }
        // Without a colon all of it may be a password.
        let hasUser = user.endIndex < at
        return value[..<scheme.upperBound] + (hasUser ? "\(user):***" : "***") + value[at...]
    }
}

/// Suggests the name that a misspelt one was meant to be.
enum NearestName {
    /// The nearest of `names`; nil when none is near enough.
    static func of(_ word: String, among names: some Sequence<String>) -> String? {
        let nearest = names.map { ($0, distance(word, $0)) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
        guard let (name, distance) = nearest, distance <= (word.count <= 4 ? 1 : 2) else { return nil }
        return name
    }

    /// The optimal string alignment distance: insertions, deletions, substitutions and transpositions of neighbours.
    static func distance(_ first: String, _ second: String) -> Int {
        let first = Array(first), second = Array(second)
        var before: [Int] = [], above = Array(0...second.count)
        for i in first.indices {
            var row = [i + 1]
            for j in second.indices {
                let change = above[j] + (first[i] == second[j] ? 0 : 1)
                var best = min(change, above[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] { best = min(best, before[j - 1] + 1) }
                row.append(best)
            }
            (before, above) = (above, row)
        }
        return above[second.count]
    }
}
