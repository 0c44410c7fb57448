import ArgumentParser

/// The flags about where settings come from. A command that has them takes its options from a file, too.
struct SettingsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A file with settings (.json, .yaml or .yml): a section for each subcommand, its options without the dashes. \
            (default: what SAKUGA_CONFIG names)
            """, valueName: "file"))
    var config: String?

    @Flag(help: "Show every setting, its value and where it comes from; then end.")
    var printSettings = false

    /// Those that are not settings themselves.
    static let names: Set<String> = ["config", "print-settings"]
}
