/// The settings of one run. The command line takes precedence over the environment, that over the file, and that over the defaults.
package struct Settings: Sendable {
    /// The path of the settings file, and who named it.
    package typealias NamedFile = (path: String, origin: Setting.Origin)

    /// The arguments to parse: the command line, completed by what the environment and the file set.
    package let arguments: [String]
    /// All settings of the subcommand, in the order of its help.
    package let all: [Setting]
    /// The settings file; nil when there is none.
    package let file: NamedFile?
    /// Whether to print the settings instead of running.
    package let isPrintRequested: Bool

    /// Gathers the settings. When help is requested, and for subcommands without settings, they are the command line alone.
    package init(commandLine: [String], environment: [String: String], commands: ConfigurableCommands) throws(SettingsError) {
        guard let command = commandLine.first, let options = commands.options[command],
            case let given = CommandLineOptions(commandLine.dropFirst(), options: options), !given.isHelpRequested
        else {
            self = Settings(commandLine: commandLine)
            return
        }
        let variables = SettingsEnvironment(environment)
        let path: NamedFile? =
            given.values["config"]?.last.map { ($0, .commandLine) }
            ?? variables.text("SAKUGA_CONFIG").map { ($0, .variable("SAKUGA_CONFIG")) }
        let file: SettingsFile? = if let path { try SettingsFile(path: path.path) } else { nil }
        try file?.check(commands)
        // All programs on a machine share the environment. Only the service is deployed with one of its own.
        let serviceVariables = command == "serve" ? variables : nil
        try serviceVariables?.checkNames(options)

        var all: [Setting] = []
        for option in commands.configurable(command) {
            all.append(try Self.setting(option, of: command, given, serviceVariables, file))
        }
        let added = all.filter(\.isExternal).flatMap { $0.option.arguments($0.values) }
        self = Settings(
            arguments: [command] + added + commandLine.dropFirst(), all: all, file: path,
            isPrintRequested: given.values["print-settings"] != nil)
    }

    /// The settings of a command line alone.
    package init(commandLine: [String]) {
        self.init(arguments: commandLine, all: [], file: nil, isPrintRequested: false)
    }

    private init(arguments: [String], all: [Setting], file: NamedFile?, isPrintRequested: Bool) {
        self.arguments = arguments
        self.all = all
        self.file = file
        self.isPrintRequested = isPrintRequested
    }

    private static func setting(
        _ option: ConfigurableOption, of command: String, _ given: CommandLineOptions, _ variables: SettingsEnvironment?,
        _ file: SettingsFile?
    ) throws(SettingsError) -> Setting {
        if let values = given.values[option.name] {
            return Setting(option: option, values: values, origin: .commandLine)
        }
        if let values = try variables?.values(of: option) {
            return Setting(option: option, values: values, origin: .variable(option.variable))
        }
        if let file, let values = try file.values(of: option, in: command) {
            return Setting(option: option, values: values, origin: .file(file.path))
        }
        return Setting(option: option, values: option.defaultValues, origin: .defaultValue)
    }

    // MARK: Showing

    /// Every setting with its value and origin as a table; passwords are masked.
    package var table: String {
        var rows = [("setting", "value", "from")]
        if let file { rows.append(("config", file.path, "\(file.origin)")) }
        rows += all.map { ($0.option.name, $0.shownValue, "\($0.origin)") }
        let widths = (rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0)
        return rows.map { name, value, origin in
            "\(Self.padded(name, widths.0))  \(Self.padded(value, widths.1))  \(origin)"
        }.joined(separator: "\n")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Where the settings that an error message mentions come from; one sentence each.
    package func origins(of message: String) -> [String] {
        all.filter { setting in
            setting.isExternal
                && (message.contains(word: "--\(setting.option.name)")
                    || setting.values.contains { message.contains("'\($0)'") })
        }.map { setting in
            switch setting.origin {
            case .variable(let name): "--\(setting.option.name) is set by the variable \(name)."
            case .file(let path): "--\(setting.option.name) is set in \(path)."
            case .commandLine, .defaultValue: ""
            }
        }
    }

    /// `text` with the passwords of all settings masked.
    package func masked(_ text: String) -> String {
        var text = text
        for setting in all {
            for value in setting.values where value.count > 1 {
                text = text.replacing(value, with: SecretMask.masked(value, of: setting.option.name))
            }
        }
        return text
    }
}

extension String {
    /// Whether the text contains `word`, and not as the beginning of a longer one: `--size`, but not `--size-limit`.
    fileprivate func contains(word: String) -> Bool {
        ranges(of: word).contains { range in
            guard let next = self[range.upperBound...].first else { return true }
            return !(next.isLetter || next.isNumber || next == "-")
        }
    }
}
