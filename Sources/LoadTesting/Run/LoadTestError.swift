package import LoadGeneration

/// Why a test could not be run, or not to its end.
package enum LoadTestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The plan cannot be followed; says what is wrong.
    case badPlan(String)
    /// Nothing answers at the target; says what happened.
    case unreachable(target: String, reason: String)
    /// A run is under way; only one can be.
    case alreadyRunning
    /// There is no run to change.
    case notRunning

    package var description: String {
        switch self {
        case .badPlan(let problem): problem
        case .unreachable(let target, let reason): "\(target) cannot be reached: \(reason)"
        case .alreadyRunning: "A load test is running already; stop it first."
        case .notRunning: "No load test is running."
        }
    }
}

extension LoadTestError {
    /// Why the generator did not start.
    init(_ error: GeneratorError) {
        switch error {
        case .unreachable(let address, _, let detail): self = .unreachable(target: address, reason: detail)
        case .request, .trust, .settings: self = .badPlan("\(error)")
        }
    }
}
