import ArgumentParser
import Foundation
import LoadTesting
import OptionValues

/// The exit codes of a load test. `docs/load-testing.md` lists them.
enum LoadTestExit {
    static let unusableInput = ExitCode(2)
    static let unreachable = ExitCode(3)
    static let reportNotWritten = ExitCode(4)
    static let nothingSucceeded = ExitCode(5)
    static let portInUse = ExitCode(6)
    static let invalid = ExitCode(98)
    static let failed = ExitCode(99)
    static let interrupted = ExitCode(130)

    /// The exit code of a finished run; nil for success.
    /// - Parameter isStrict: whether an objective that is not proven counts as failed.
    static func code(of summary: LoadTestSummary, isStrict: Bool) -> ExitCode? {
        switch summary.verdict.outcome {
        case .invalid: return invalid
        case .failed: return failed
        case .unproven where isStrict: return failed
        case .passed: return nil
        case .none, .unproven:
            let counts = summary.requests.map(\.counts)
            let hasAny = counts.contains { $0.ended > 0 }, hasGood = counts.contains { $0.succeeded + $0.queued > 0 }
            return hasAny && !hasGood ? nothingSucceeded : nil
        }
    }
}

/// Prints an error and chooses its exit code.
enum LoadTestFailure {
    /// Prints the error and returns what to throw. Command-line errors and exit codes are returned as they are.
    static func ending(_ error: any Error) -> any Error {
        if error is ValidationError || error is ExitCode { return error }
        FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
        if case LoadTestError.unreachable = error { return LoadTestExit.unreachable }
        return LoadTestExit.unusableInput
    }

    /// The same for a console that can't listen on `address`.
    static func notListening(_ error: any Error, at address: ListeningAddress) -> any Error {
        // The system's message is at the end: `bind(…): Address already in use (errno: 98)`.
        let reason = ("\(error)".split(separator: ": ", maxSplits: 1).last ?? "").prefix { $0 != "(" && $0 != ")" }
            .trimmingCharacters(in: .whitespaces)
        let sentence = "The console cannot listen on \(address): \(reason). Choose another port with --console."
        FileHandle.standardError.write(Data("Error: \(sentence)\n".utf8))
        return LoadTestExit.portInUse
    }
}

/// A file that can't be used, and why.
struct UnusableFile: Error, CustomStringConvertible {
    let name: String
    /// A sentence.
    let reason: String

    var description: String { "\(name): \(reason)" }
}
