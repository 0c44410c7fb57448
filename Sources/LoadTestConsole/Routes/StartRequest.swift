import LoadTesting

/// The body of `POST /loadtest/start`: a shape by its name, with its parameters. Loads are users, or arrivals a second, as
/// the test is.
struct StartRequest: Decodable {
    /// `planned`, `steady`, `steps`, `ramp`, `spike`, `soak` or `find`.
    var shape: String
    var load: Double?
    /// Of a ramp or a spike.
    var peak: Double?
    /// Of steps.
    var loads: [Double]?
    /// All of it; of steps and of a search, each.
    var seconds: Double?

    private static let maximumSteps = 100
    private static let longest = 7.0 * 86_400

    /// The shape; nil stands for the one that the test was made with.
    func shape(_ profile: ConsoleProfile) throws(ConsoleProblem) -> LoadShape? {
        let isOpen = profile.isOpen
        func level(_ load: Double?, _ field: ConsoleProblem.Field) throws(ConsoleProblem) -> LoadLevel {
            try Self.level(load, field, isOpen: isOpen)
        }
        switch shape {
        case "planned": return nil
        case "steady":
            return .steady(try level(load, .load), seconds: seconds == nil ? nil : try givenSeconds(isOptional: true))
        case "steps": return .steps(try levels(isOpen: isOpen), seconds: try givenSeconds())
        case "ramp": return .ramp(from: try level(load, .load), to: try level(peak, .peak), seconds: try givenSeconds())
        case "spike": return .spike(base: try level(load, .load), peak: try level(peak, .peak), seconds: try givenSeconds())
        case "soak": return .soak(try level(load, .load), seconds: try givenSeconds())
        case "find":
            guard !profile.objectives.isEmpty else { throw .noObjectives }
            return .findMaximum(startingAt: try level(load, .load), seconds: try givenSeconds())
        default: throw .unknownShape(shape)
        }
    }

    /// A validated load: a whole number of users from 1, or a rate above 0.
    static func level(_ load: Double?, _ field: ConsoleProblem.Field, isOpen: Bool) throws(ConsoleProblem) -> LoadLevel {
        guard let load, load.isFinite, load > 0, isOpen || load == load.rounded() else { throw .unusable(field, isOpen: isOpen) }
        let most = isOpen ? LoadPlan.maximumRate : Double(LoadPlan.maximumUsers)
        guard load <= most else { throw .loadTooHigh(most: Int(most), field, isOpen: isOpen) }
        return isOpen ? .rate(load) : .users(Int(load))
    }

    private func levels(isOpen: Bool) throws(ConsoleProblem) -> [LoadLevel] {
        guard let loads, !loads.isEmpty else { throw .unusable(.loads, isOpen: isOpen) }
        guard loads.count <= Self.maximumSteps else { throw .tooManyLoads(most: Self.maximumSteps) }
        var levels: [LoadLevel] = []
        for load in loads { levels.append(try Self.level(load, .loads, isOpen: isOpen)) }
        return levels
    }

    private func givenSeconds(isOptional: Bool = false) throws(ConsoleProblem) -> Double {
        guard let seconds, seconds.isFinite, seconds >= 1, seconds <= Self.longest else {
            throw .badSeconds(most: Int(Self.longest), isOptional: isOptional)
        }
        return seconds
    }
}

/// The body of `POST /loadtest/load`: another load for the current run.
struct LoadChange: Decodable {
    /// Users, or arrivals a second.
    var load: Double?
    /// Users started a second; nil as the test was made.
    var spawnRate: Double?

    /// The validated load.
    func level(isOpen: Bool) throws(ConsoleProblem) -> LoadLevel {
        if let spawnRate, !(spawnRate.isFinite && spawnRate > 0) { throw .unusable(.spawnRate, isOpen: isOpen) }
        return try StartRequest.level(load, .load, isOpen: isOpen)
    }
}
