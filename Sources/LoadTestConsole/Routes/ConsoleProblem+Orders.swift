import HTTPTypes
import LoadGeneration

/// What is wrong with an order to start a run or to change its load. The page has words of its own for each code, in both languages.
extension ConsoleProblem {
    /// The fields of an order that people fill in.
    enum Field: String, Sendable {
        case load, loads, peak, seconds
        case spawnRate = "spawn_rate"
    }

    /// A field that holds no load, or no number at all.
    static func unusable(_ field: Field, isOpen: Bool) -> ConsoleProblem {
        let name = isOpen ? "Arrivals a second" : "Users"
        let sentence =
            switch field {
            case .load, .peak:
                isOpen ? "\(name) must be a number above 0, such as 2.5." : "\(name) must be a whole number from 1, such as 20."
            case .loads:
                isOpen
                    ? "\(name) must be numbers above 0 separated by commas, such as 2.5,5,10."
                    : "\(name) must be whole numbers separated by commas, such as 5,10,20."
            case .seconds: "Seconds must be a number, such as 60."
            case .spawnRate: "Users started a second must be a number above 0, such as 10; without one all start at once."
            }
        return order("bad_\(field.rawValue)", sentence, Facts(field: field.rawValue, isOpen: isOpen))
    }

    static func loadTooHigh(most: Int, _ field: Field, isOpen: Bool) -> ConsoleProblem {
        order(
            "load_too_high",
            "This program loads a service with at most \(most) \(isOpen ? "requests a second" : "users"); ask for fewer.",
            Facts(field: field.rawValue, isOpen: isOpen, most: most))
    }

    static func tooManyLoads(most: Int) -> ConsoleProblem {
        order(
            "too_many_loads", "A run has at most \(most) steps; give fewer loads.", Facts(field: Field.loads.rawValue, most: most)
        )
    }

    static func badSeconds(most: Int, isOptional: Bool) -> ConsoleProblem {
        order(
            isOptional ? "bad_end" : "bad_seconds",
            "Seconds must be a number from 1 to \(most), such as 60"
                + (isOptional ? "; without one the load goes on until it is stopped." : "."),
            Facts(field: Field.seconds.rawValue, most: most))
    }

    static let noObjectives = order(
        "no_objectives",
        "A search for the highest load needs objectives to hold. Start this test with some, such as --slo p95=3s,errors=1%.")

    static func unknownShape(_ name: String) -> ConsoleProblem {
        order(
            "unknown_shape",
            "There is no shape \"\(name.prefix(40))\". There are: planned, steady, steps, ramp, spike, soak, find.")
    }

    /// Why a body could not be read: the field that holds something else than it should, or no JSON object at all.
    static func unreadable(_ error: DecodingError, isOpen: Bool) -> ConsoleProblem {
        let path: [any CodingKey] =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context.codingPath
            case .keyNotFound(let key, let context): context.codingPath + [key]
            @unknown default: []
            }
        switch path.first?.stringValue {
        case "shape": return unknownShape("")
        case "spawnRate": return unusable(.spawnRate, isOpen: isOpen)
        case let name?:
            if let field = Field(rawValue: name) { return unusable(field, isOpen: isOpen) }
        case nil: break
        }
        return order("not_json", #"The request's body must be a JSON object, such as {"shape":"steady","load":20}."#)
    }

    private static func order(_ code: String, _ sentence: String, _ facts: Facts? = nil) -> ConsoleProblem {
        ConsoleProblem(status: .unprocessableContent, code: code, sentence: sentence, facts: facts)
    }
}
