import ArgumentParser
import Foundation

/// The subcommands that take settings, and their options, read from their own declarations so that nothing is listed twice.
struct SettableCommands: Sendable {
    /// All options of each, in the order of its help; `SettingsOptions` too.
    let options: [String: [SettableOption]]

    init(of root: any ParsableCommand.Type) throws {
        let tool = try JSONDecoder().decode(ToolOutline.self, from: Data(root._dumpHelp().utf8))
        let commands = (tool.command.subcommands ?? []).map { ($0.commandName, $0.options) }
        options = Dictionary(uniqueKeysWithValues: commands).filter { _, options in
            SettingsOptions.names.isSubset(of: options.map(\.name))
        }
    }

    /// The options of a subcommand that a file may set.
    func settable(_ command: String) -> [SettableOption] {
        (options[command] ?? []).filter { !SettingsOptions.names.contains($0.name) }
    }
}

/// What we read of the description that the argument parser gives of a program.
private struct ToolOutline: Decodable {
    struct Command: Decodable {
        let commandName: String
        let subcommands: [Command]?
        let arguments: [Argument]?

        var options: [SettableOption] { (arguments ?? []).compactMap(\.option) }
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

        var option: SettableOption? {
            let names = names ?? []
            guard kind != "positional", let long = names.first(where: { $0.kind == "long" }), long.name != "help" else {
                return nil
            }
            return SettableOption(
                name: long.name, spellings: names.map { ($0.kind == "long" ? "--" : "-") + $0.name },
                takesValue: kind == "option", isRepeating: isRepeating, defaultValue: defaultValue ?? describedDefault)
        }

        /// What a help text ends with where there is no value to show: `(default: all)`.
        private var describedDefault: String? {
            guard let abstract, abstract.hasSuffix(")"), let start = abstract.ranges(of: "(default: ").last else { return nil }
            return String(abstract[start.upperBound...].dropLast())
        }
    }

    let command: Command
}
