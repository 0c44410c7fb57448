import Foundation

/// The subcommands that take settings, and their options, read from the argument parser's description of the program so that nothing is
/// listed twice.
package struct ConfigurableCommands: Sendable {
    /// The options that a subcommand with settings declares for the settings themselves; a file can't set them.
    package static let settingsOptions: Set<String> = ["config", "print-settings"]

    /// All options of each subcommand with settings, in the order of its help, ``settingsOptions`` included.
    package let options: [String: [ConfigurableOption]]

    /// - Parameter helpDump: the JSON of the program's `--experimental-dump-help`.
    /// - Throws: `DecodingError` when the description has another form.
    package init(helpDump: String) throws {
        let tool = try JSONDecoder().decode(ToolDescription.self, from: Data(helpDump.utf8))
        let commands = (tool.command.subcommands ?? []).map { ($0.commandName, $0.options) }
        options = Dictionary(uniqueKeysWithValues: commands).filter { _, options in
            Self.settingsOptions.isSubset(of: options.map(\.name))
        }
    }

    /// The options of a subcommand that a file may set.
    func configurable(_ command: String) -> [ConfigurableOption] {
        (options[command] ?? []).filter { !Self.settingsOptions.contains($0.name) }
    }
}

/// An option of a subcommand that a file or a variable can set.
package struct ConfigurableOption: Sendable, Equatable {
    /// The long name without dashes: `max-wait`.
    package let name: String
    /// All names on the command line: `--output`, `-o`.
    let spellings: [String]
    /// False for a flag.
    let takesValue: Bool
    /// Whether it may be given several times.
    let isRepeating: Bool
    /// The default value as help shows it.
    let defaultValue: String?

    /// The variable that sets it: `SAKUGA_MAX_WAIT`.
    var variable: String { "SAKUGA_" + name.uppercased().replacing("-", with: "_") }

    /// The default as values; none where help shows none.
    var defaultValues: [String] { takesValue ? defaultValue.map { [$0] } ?? [] : ["false"] }

    /// The command-line arguments that set `values`; for a flag, `true` or `false`.
    func arguments(_ values: [String]) -> [String] {
        // In one argument, because a value may begin with a dash.
        if takesValue { return values.map { "--\(name)=\($0)" } }
        let negation = "--no-\(name)"
        if values == ["true"] { return ["--\(name)"] }
        return spellings.contains(negation) ? [negation] : []
    }
}

/// The options on a command line, read as the argument parser will read them.
struct CommandLineOptions: Sendable {
    /// The values of each option on the command line; `true` or `false` for a flag.
    private(set) var values: [String: [String]] = [:]
    /// Whether help is requested.
    private(set) var isHelpRequested = false

    /// - Parameter arguments: those after the subcommand.
    init(_ arguments: some Collection<String>, options: [ConfigurableOption]) {
        var rest = arguments.prefix { $0 != "--" }
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if ["-h", "-help", "--help"].contains(argument) { isHelpRequested = true }
            guard argument.hasPrefix("-"), let spelling = parts.first,
                let option = options.first(where: { $0.spellings.contains(String(spelling)) })
            else { continue }
            let value =
                if !option.takesValue {
                    spelling == "--no-\(option.name)" ? "false" : "true"
                } else if parts.count == 2 {
                    String(parts[1])
                } else {
                    rest.popFirst() ?? ""
                }
            values[option.name, default: []].append(value)
        }
    }
}

/// The parts of the argument parser's description that are read here.
private struct ToolDescription: Decodable {
    struct Command: Decodable {
        let commandName: String
        let subcommands: [Command]?
        let arguments: [Argument]?

        var options: [ConfigurableOption] { (arguments ?? []).compactMap(\.option) }
    }

    struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String
        }

        let kind: String
        let isRepeating: Bool
        let names: [Name]?
        let defaultValue: String?
        let abstract: String?

        var option: ConfigurableOption? {
            let names = names ?? []
            guard kind != "positional", let long = names.first(where: { $0.kind == "long" }), long.name != "help" else {
                return nil
            }
            return ConfigurableOption(
                name: long.name, spellings: names.map { ($0.kind == "long" ? "--" : "-") + $0.name },
                takesValue: kind == "option", isRepeating: isRepeating, defaultValue: defaultValue ?? describedDefault)
        }

        /// The default that a help text ends with when there is no value to show: `(default: all)`.
        private var describedDefault: String? {
            guard let abstract, abstract.hasSuffix(")"), let start = abstract.ranges(of: "(default: ").last else { return nil }
            return String(abstract[start.upperBound...].dropLast())
        }
    }

    let command: Command
}
