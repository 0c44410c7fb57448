import ArgumentParser

/// The options of every subcommand that takes settings from a file. `ConfigurableCommands.settingsOptions` has their names.
struct SettingsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Settings file (.json, .yaml or .yml): a section for each subcommand, with its options without dashes. \
            (default: the file that SAKUGA_CONFIG names)
            """, valueName: "file"))
    var config: String?

    @Flag(help: "Print every setting with its value and origin, and exit.")
    var printSettings = false
}
