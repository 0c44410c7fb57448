import ArgumentParser

/// The command line: one file a subcommand.
@main
struct Sakuga: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sakuga",
        abstract: "Photos to anime pictures with AnimeGANv2, on ordinary CPUs.",
        discussion: """
            Examples:
              sakuga serve                               a page and an API on http://127.0.0.1:7860
              sakuga stylize photo.jpg -o anime.jpg      one photo
              sakuga bench --layers                      how fast this machine is
              sakuga models list                         the styles that are here
            """,
        subcommands: [ServeCommand.self, StylizeCommand.self, BenchCommand.self, ModelsCommand.self, KeysCommand.self])
}
