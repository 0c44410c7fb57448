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
}

/// Says what is wrong and ends with the code that belongs to it.
enum LoadTestFailure {
    /// What to throw for an error; its sentence is on standard error by then. Wrong options are left as they are.
    static func ending(_ error: any Error) -> any Error {
        if error is ValidationError || error is ExitCode { return error }
        FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
        return code(of: error)
    }

    private static func code(of error: any Error) -> ExitCode {
        switch error {
        case LoadTestError.unreachable: LoadTestExit.unreachable
        default: LoadTestExit.unusableInput
        }
    }
}
