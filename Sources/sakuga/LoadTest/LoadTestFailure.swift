import ArgumentParser
import Foundation
import LoadTesting

/// The exit codes of a load test. `docs/load-testing.md` lists them.
enum LoadTestExit {
    static let unusableInput = ExitCode(2)
    static let unreachable = ExitCode(3)
    static let reportNotWritten = ExitCode(4)
    static let nothingSucceeded = ExitCode(5)
    static let portTaken = ExitCode(6)
    static let invalid = ExitCode(98)
    static let failed = ExitCode(99)
    static let interrupted = ExitCode(130)

    /// What a run's end means for whoever started it; nil when all is well. `isStrict`: what is not proven has failed.
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

/// Says what is wrong and ends with the code that belongs to it.
enum LoadTestFailure {
    /// What to throw for an error; its sentence is on standard error by then. Wrong options are left as they are.
    static func ending(_ error: any Error) -> any Error {
        if error is ValidationError || error is ExitCode { return error }
        FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
        return code(of: error)
    }

    /// The same for a console that could not begin to listen at `address`.
    static func notListening(_ error: any Error, at address: ConsoleAddress) -> any Error {
        // The system's own words stand at the end: `bind(…): Address already in use (errno: 98)`.
        let reason = ("\(error)".split(separator: ": ", maxSplits: 1).last ?? "").prefix { $0 != "(" && $0 != ")" }
        let sentence = "The console can't listen on \(address.host):\(address.port): \(reason). Give another port with --console."
        FileHandle.standardError.write(Data("Error: \(sentence)\n".utf8))
        return LoadTestExit.portTaken
    }

    private static func code(of error: any Error) -> ExitCode {
        switch error {
        case LoadTestError.unreachable: LoadTestExit.unreachable
        default: LoadTestExit.unusableInput
        }
    }
}
