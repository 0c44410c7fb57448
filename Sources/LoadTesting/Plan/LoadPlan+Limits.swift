extension LoadPlan {
    /// Users that a test can have.
    package static let mostUsers = 100_000
    /// Requests a second that can be asked for.
    package static let highestRate = 1_000_000.0
}

extension LoadLevel {
    /// Whether requests begin at a rate of their own.
    package var isOpen: Bool {
        if case .rate = self { true } else { false }
    }
}
