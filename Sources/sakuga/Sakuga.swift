import ArgumentParser
import Foundation

/// The command line: one file a subcommand.
@main
struct Sakuga: AsyncParsableCommand {
    /// What `--version` and the console say.
    static let version = "0.5.0"

    static let configuration = CommandConfiguration(
        commandName: "sakuga",
        abstract: "Photos to anime pictures with AnimeGANv2, on ordinary CPUs.",
        discussion: """
            Examples:
              sakuga serve                               a page and an API on http://127.0.0.1:7860
              sakuga serve --config sakuga.yaml          the same with settings from a file
              sakuga stylize photo.jpg -o anime.jpg      one photo
              sakuga bench --layers                      how fast this machine is
              sakuga loadtest --steps 5,10,20            how many people this service can serve
              sakuga plan --from report --target-qps 100 how many instances that needs
              sakuga models list                         the styles that are here
              sakuga ctl status                          the workers of `sakuga serve --workers`
              sakuga cluster up --redis --nginx          four instances behind nginx
            """,
        version: version,
        subcommands: [
            ServeCommand.self, StylizeCommand.self, BenchCommand.self, LoadTestCommand.self, LoadTestMergeCommand.self,
            PlanCommand.self, ModelsCommand.self, KeysCommand.self, CtlCommand.self, ClusterCommand.self, HealthCommand.self,
        ])

    /// Parses the command line, completed by environment and file, and runs what it names.
    static func main() async {
        let commandLine = SubcommandWords.joined(Array(CommandLine.arguments.dropFirst()))
        var settings = Settings(commandLine: commandLine)
        do {
            settings = try Settings(
                commandLine: commandLine, environment: ProcessInfo.processInfo.environment,
                commands: SettableCommands(of: Self.self))
            var command = try await asyncParseAsRoot(settings.arguments)
            if settings.isToBeShown {
                print(settings.table)
            } else if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error, settings)
        }
    }

    /// Says what is wrong, where a setting comes from that has to do with it, and no password.
    private static func end(with error: any Error, _ settings: Settings) -> Never {
        if let error = error as? SettingsError {
            FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
            exit(withError: ExitCode.validationFailure)
        }
        let code = exitCode(for: error)
        guard code != .success else { exit(withError: error) }
        let message = message(for: error)
        guard !message.isEmpty else { exit(withError: code) }
        let lines = [fullMessage(for: error)] + settings.origins(of: message)
        let text = SecretText.hiding(settings.all, in: lines.joined(separator: "\n"))
        FileHandle.standardError.write(Data("\(text)\n".utf8))
        exit(withError: code)
    }
}
