import ArgumentParser
import Foundation
import ProductVersion
import ProgramSettings

/// The command line: one file for each subcommand.
@main
struct Sakuga: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sakuga",
        abstract: "Turn photos into anime-style pictures with AnimeGANv2, on ordinary CPUs.",
        discussion: """
            Examples:
              sakuga serve                          a page and an API on port 7860
              sakuga serve --config sakuga.yaml     the same, with a settings file
              sakuga stylize photo.jpg -o anime.jpg
              sakuga bench --layers                 the speed of this machine
              sakuga loadtest --steps 5,10,20       how many users a service can carry
              sakuga plan --from report --target-qps 100
              sakuga models list                    the styles
              sakuga keys new alice >> keys.txt     an API key
              sakuga ctl status                     the workers of a pool
              sakuga cluster up --redis --nginx     four instances behind nginx
              sakuga health                         whether a server is ready
            """,
        version: SakugaVersion.current,
        subcommands: [
            ServeCommand.self, StylizeCommand.self, BenchCommand.self, LoadTestCommand.self, LoadTestMergeCommand.self,
            PlanCommand.self, ModelsCommand.self, KeysCommand.self, CtlCommand.self, ClusterCommand.self, HealthCommand.self,
        ])

    /// Parses the command line, completed by the environment and the settings file, and runs the subcommand.
    static func main() async {
        let commandLine = joiningSubcommandNames(Array(CommandLine.arguments.dropFirst()))
        var settings = Settings(commandLine: commandLine)
        do {
            settings = try Settings(
                commandLine: commandLine, environment: ProcessInfo.processInfo.environment,
                commands: ConfigurableCommands(helpDump: Self._dumpHelp()))
            var command = try await asyncParseAsRoot(settings.arguments)
            if settings.isPrintRequested {
                print(settings.table)
            } else if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            exit(with: error, settings)
        }
    }

    /// Joins the words of `loadtest merge` to one name. The argument parser has no subcommands below a command that takes an argument
    /// itself, and `loadtest` takes a URL.
    private static func joiningSubcommandNames(_ commandLine: [String]) -> [String] {
        let name = LoadTestMergeCommand._commandName
        guard commandLine.prefix(2).joined(separator: " ") == name else { return commandLine }
        return [name] + commandLine.dropFirst(2)
    }

    /// Prints the error, and where the settings that it mentions come from, with passwords masked.
    private static func exit(with error: any Error, _ settings: Settings) -> Never {
        if let error = error as? SettingsError {
            FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
            exit(withError: ExitCode.validationFailure)
        }
        let code = exitCode(for: error)
        guard code != .success else { exit(withError: error) }
        let message = message(for: error)
        guard !message.isEmpty else { exit(withError: code) }
        let lines = [fullMessage(for: error)] + settings.origins(of: message)
        FileHandle.standardError.write(Data("\(settings.masked(lines.joined(separator: "\n")))\n".utf8))
        exit(withError: code)
    }
}

/// An error that is printed without the command's usage, because the command line was right.
struct PlainFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    init(_ error: any Error) { description = "\(error)" }
}
