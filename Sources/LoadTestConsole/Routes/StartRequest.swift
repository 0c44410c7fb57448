import LoadTesting

/// What `POST /loadtest/start` is asked: a shape by its name, with the numbers that it needs. Loads are users, or arrivals a second, as
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

    private static let mostSteps = 100
    private static let longest = 7.0 * 86_400

    /// The shape; nil stands for the one that the test was made with.
    func shape(isOpen: Bool) throws(ConsoleProblem) -> LoadShape? {
        func level(_ load: Double?) throws(ConsoleProblem) -> LoadLevel { try Self.level(load, isOpen: isOpen) }
        switch shape {
        case "planned": return nil
        case "steady": return .steady(try level(load), seconds: try optionalSeconds())
        case "steps":
            guard let loads, (1...Self.mostSteps).contains(loads.count) else {
                throw .unusable("Steps need 1 to \(Self.mostSteps) loads, such as 5, 10, 20.")
            }
            var levels: [LoadLevel] = []
            for load in loads { levels.append(try level(load)) }
            return .steps(levels, seconds: try givenSeconds())
        case "ramp": return .ramp(from: try level(load), to: try level(peak), seconds: try givenSeconds())
        case "spike": return .spike(base: try level(load), peak: try level(peak), seconds: try givenSeconds())
        case "soak": return .soak(try level(load), seconds: try givenSeconds())
        case "find": return .findMaximum(startingAt: try level(load), seconds: try givenSeconds())
        default:
            throw .unusable("There is no shape \"\(shape.prefix(40))\": planned, steady, steps, ramp, spike, soak and find are.")
        }
    }

    /// A load that can be: a whole number of users from 1, or a rate above 0.
    static func level(_ load: Double?, isOpen: Bool) throws(ConsoleProblem) -> LoadLevel {
        guard let load, load.isFinite, load > 0, load <= 1_000_000 else {
            throw .unusable(isOpen ? "Give a rate above 0 requests a second." : "Give a number of users from 1.")
        }
        if isOpen { return .rate(load) }
        guard load == load.rounded() else { throw .unusable("\(load) users can't be; give a whole number.") }
        return .users(Int(load))
    }

    private func optionalSeconds() throws(ConsoleProblem) -> Double? {
        guard seconds != nil else { return nil }
        return try givenSeconds()
    }

    private func givenSeconds() throws(ConsoleProblem) -> Double {
        guard let seconds, seconds.isFinite, seconds >= 1, seconds <= Self.longest else {
            throw .unusable("Say how long in seconds: from 1 to \(Int(Self.longest)).")
        }
        return seconds
    }
}

/// What `POST /loadtest/load` is asked: another load for the run under way.
struct LoadChange: Decodable {
    /// Users, or arrivals a second.
    var load: Double?
    /// Users started a second; nil as the test was made.
    var spawnRate: Double?
}
