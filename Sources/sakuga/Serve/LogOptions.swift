import ArgumentParser
import Logging
import Telemetry

/// The flags about the log.
struct LogOptions: ParsableArguments {
    @Option(help: "Log lines as text or as JSON, to standard error.")
    var logFormat = LogFormat.text

    @Option(
        help: "The least important lines to log: trace, debug, info, notice, warning, error or critical. (default: info)",
        transform: Self.level)
    var logLevel = Logger.Level.info

    private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else {
            throw ValidationError(
                "there is no level '\(text)'; there are \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return level
    }
}

extension LogFormat: ExpressibleByArgument {}
