/// The settings of one run: command line before environment before file before what the program has.
struct Settings: Sendable {
    typealias NamedFile = (path: String, origin: Setting.Origin)

    /// What to parse: the command line, with what the environment and the file say put in where it says nothing.
    let arguments: [String]
    /// All settings of the subcommand, in the order of its help.
    let all: [Setting]
    /// The file, where there is one, and who named it.
    let file: NamedFile?
    /// Whether they are to be shown instead of running.
    let isToBeShown: Bool

    /// Gathers them. Where help is asked for, and for subcommands without settings, it is the command line alone.
    init(commandLine: [String], environment: [String: String], commands: SettableCommands) throws(SettingsError) {
        guard let command = commandLine.first, let options = commands.options[command],
            case let given = GivenOptions(commandLine.dropFirst(), options: options), !given.asksForHelp
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
        // The environment is one for all programs on the machine, so only the service, which is set up with it, listens to it.
        let heeded = command == "serve" ? variables : nil
        try heeded?.refuseSlips(options)

        var all: [Setting] = []
        for option in commands.settable(command) {
            all.append(try Self.setting(option, of: command, given, heeded, file))
        }
        let added = all.filter(\.isFromOutside).flatMap { $0.option.arguments($0.values) }
        self = Settings(
            arguments: [command] + added + commandLine.dropFirst(), all: all, file: path,
            isToBeShown: given.values["print-settings"] != nil)
    }

    /// Those of a command line alone.
    init(commandLine: [String]) {
        self.init(arguments: commandLine, all: [], file: nil, isToBeShown: false)
    }

    private init(arguments: [String], all: [Setting], file: NamedFile?, isToBeShown: Bool) {
        self.arguments = arguments
        self.all = all
        self.file = file
        self.isToBeShown = isToBeShown
    }

    private static func setting(
        _ option: SettableOption, of command: String, _ given: GivenOptions, _ variables: SettingsEnvironment?,
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
        return Setting(option: option, values: option.standardValues, origin: .standard)
    }

    /// Where those settings come from that a message is about, a sentence a line.
    func origins(of message: String) -> [String] {
        all.filter { setting in
            setting.isFromOutside
                && (message.contains("--\(setting.option.name)", endingWord: true)
                    || setting.values.contains { message.contains("'\($0)'") })
        }.map { setting in
            switch setting.origin {
            case .variable(let name): "--\(setting.option.name) is set by the variable \(name)."
            case .file(let path): "--\(setting.option.name) is set in \(path)."
            case .commandLine, .standard: ""
            }
        }
    }
}

extension SettableOption {
    /// As help shows it; none where it shows none.
    fileprivate var standardValues: [String] { takesValue ? defaultValue.map { [$0] } ?? [] : ["false"] }
}

extension String {
    /// Whether it has `word`, and not as the beginning of a longer one: `--size`, but not `--size-limit`.
    fileprivate func contains(_ word: String, endingWord: Bool) -> Bool {
        ranges(of: word).contains { range in
            guard let next = self[range.upperBound...].first else { return true }
            return !(next.isLetter || next.isNumber || next == "-")
        }
    }
}
