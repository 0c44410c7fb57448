/// The Universal Scalability Law fitted to the steps: X(N) = λN ÷ (1 + σ(N − 1) + κN(N − 1)).
package struct ScalabilityLaw: Codable, Sendable, Equatable {
    /// λ: throughput of one user.
    package var lambda: Double
    /// σ: the part that users do one after another (contention), 0…1.
    package var sigma: Double
    /// κ: what users cost each other pairwise (coherency), at least 0.
    package var kappa: Double

    /// Makes a law.
    package init(lambda: Double, sigma: Double, kappa: Double) {
        self.lambda = lambda
        self.sigma = sigma
        self.kappa = kappa
    }

    /// X(N).
    package func throughput(users: Double) -> Double {
        lambda * users / (1 + sigma * (users - 1) + kappa * users * (users - 1))
    }
}

/// How well the law describes the steps.
package struct ScalabilityFit: Codable, Sendable, Equatable {
    /// The law.
    package var law: ScalabilityLaw
    /// Part of the variance that it explains, at most 1.
    package var rSquared: Double
    /// Measured minus fitted throughput, a step each, in the order of `users`.
    package var residuals: [Double]
    /// Users of the steps that it was fitted to.
    package var users: [Double]
    /// Users at which throughput is highest, √((1 − σ) ÷ κ); nil if it never falls.
    package var peakUsers: Double?
    /// Throughput there, or the ceiling λ ÷ σ that it comes near; nil if there is none.
    package var peakThroughput: Double?
    /// Whether the fit is good enough to be believed (R² ≥ 0.95 and at least six steps).
    package var isTrustworthy: Bool
}

/// What follows from the steps for the number of users and instances.
package struct CapacitySummary: Codable, Sendable {
    /// What keeps the throughput from rising.
    package enum Limit: String, Codable, Sendable {
        /// The target's cores.
        case cpu
        /// Its queue grows: more comes than it does.
        case queue
        /// It refuses or fails.
        case errors
        /// The users' waiting; the target could do more.
        case thinkTime = "think time"
        /// The number of users or arrivals; the target could do more.
        case load
        /// The generator; nothing is known of the target.
        case generator
        /// It levels off, and nothing measured says why.
        case unknown
    }

    /// The fit; nil where there were too few steps.
    package var fit: ScalabilityFit?
    /// Why there is no fit; nil if there is.
    package var fitProblem: String?
    /// Users from which on more of them bring little: where throughput has reached 90 % of its highest.
    package var kneeUsers: Double?
    /// Throughput there.
    package var kneeThroughput: Double?
    /// What limits at the heaviest load.
    package var limit: Limit
    /// The most users of a step that met all objectives.
    package var recommendedUsers: Int?
    /// The highest throughput of a step that met all objectives.
    package var recommendedThroughput: Double?
    /// The same for people, a sentence each.
    package var statements: [String]
}
