/// What an option is set to, and by whom.
struct Setting: Sendable {
    /// Who set it.
    enum Origin: Sendable, Equatable, CustomStringConvertible {
        case commandLine
        case variable(String)
        case file(String)
        case standard

        var description: String {
            switch self {
            case .commandLine: "command line"
            case .variable(let name): name
            case .file(let path): path
            case .standard: "default"
            }
        }
    }

    let option: SettableOption
    /// As text; of a flag, `true` or `false`. Empty where it is not set and has no default.
    let values: [String]
    let origin: Origin

    /// Whether it stands neither on the command line nor in the program.
    var isFromOutside: Bool { origin != .commandLine && origin != .standard }

    /// The values as they may be shown.
    var shownValue: String {
        values.isEmpty ? "(none)" : values.map { SecretText.masked($0, of: option.name) }.joined(separator: ", ")
    }
}

/// What is wrong with the settings of a file or the environment, a sentence a line.
struct SettingsError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ problems: String...) { description = problems.joined(separator: "\n") }

    init(all problems: [String]) { description = problems.joined(separator: "\n") }
}
