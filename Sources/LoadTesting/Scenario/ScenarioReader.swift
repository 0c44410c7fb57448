import LoadGeneration
import Yams

extension Scenario {
    /// Reads a scenario and the files that it names, except for pictures.
    /// - Throws: what is wrong, with file, line and column.
    package init(path: String) throws(ScenarioError) {
        let bytes = try ScenarioFile.read(path, atMost: ScenarioFile.longestScenario)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ScenarioError(file: path, "is not UTF-8 text; save it as UTF-8.")
        }
        try self.init(text, file: path)
    }

    /// Reads the text of a scenario; `file` is for messages and the place from which other files are found.
    package init(_ text: String, file: String) throws(ScenarioError) {
        self.file = file
        guard let node = try Self.compose(text, file: file) else { throw ScenarioError(file: file, "is empty.") }
        let root = ScenarioNode(file: file, node: node, name: "")
        let members = try root.members([
            "target", "stages", "requests", "headers", "data", "wait", "spawn-rate", "arrivals", "drop", "slo", "abort-after",
            "follow", "seed",
        ])
        target = try members["target"]?.text()
        wait = try members["wait"].map(Self.wait)
        spawnRate = try members["spawn-rate"]?.number(0.001...100_000)
        arrivals = try members["arrivals"]?.choice(Arrivals.self)
        dropped = try members["drop"]?.seconds()
        objectives = try members["slo"].map(Self.objectives)
        abortAfter = try members["abort-after"]?.seconds()
        follows = try members["follow"]?.switched()
        seed = try members["seed"].map { place throws(ScenarioError) in UInt64(try place.whole(0...Int.max)) }
        if let stages = members["stages"] { self.stages = try Self.stages(stages) }
        if let requests = members["requests"] {
            let reader = ScenarioRequestReader(
                file: file, headers: try members["headers"].map(ScenarioRequestReader.headers) ?? [],
                data: try members["data"].map { place throws(ScenarioError) in try ScenarioRequestReader.data(place, file: file) }
            )
            self.requests = try reader.requests(requests)
        }
    }

    private static func compose(_ text: String, file: String) throws(ScenarioError) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw ScenarioError(yaml: error, file: file)
        } catch {
            throw ScenarioError(file: file, "is not YAML: \(error)")
        }
    }

    private static func wait(_ place: ScenarioNode) throws(ScenarioError) -> WaitTime {
        guard let wait = Quantity.wait(try place.text()) else {
            throw place.error("'wait' is none, a time (2s), a range (1..3) or a rhythm (pacing 5s).")
        }
        return wait
    }

    /// As one text, or as `name: bound` lines.
    private static func objectives(_ place: ScenarioNode) throws(ScenarioError) -> String {
        guard place.isMapping else { return try place.text() }
        var words: [String] = []
        for (name, value) in try place.pairs() { words.append("\(name)=\(try value.text())") }
        return words.joined(separator: ",")
    }
}

// MARK: Stages

extension Scenario {
    private static func stages(_ place: ScenarioNode) throws(ScenarioError) -> [LoadStage] {
        guard place.isList else { throw place.error("'stages' is a list: a line with a dash for each, such as '- users: 5'.") }
        let elements = place.elements()
        guard (1...1_000).contains(elements.count) else { throw place.error("'stages' has 1 to 1000 stages.") }
        var stages: [LoadStage] = []
        for element in elements {
            let stage = try stage(element)
            if let first = stages.first, first.from.isOpen != stage.from.isOpen {
                throw element.error("a test has one model: all stages have users, or all have a rate.")
            }
            stages.append(stage)
        }
        return stages
    }

    private static func stage(_ place: ScenarioNode) throws(ScenarioError) -> LoadStage {
        let members = try place.members(["users", "rate", "for", "drop", "label"])
        guard let length = members["for"] else { throw place.error("'\(place.name)' says with 'for' how long it lasts.") }
        let levels: (from: LoadLevel, to: LoadLevel)
        switch (members["users"], members["rate"]) {
        case (let users?, nil): levels = try self.users(users)
        case (nil, let rate?): levels = try self.rate(rate)
        default: throw place.error("'\(place.name)' has either 'users' or 'rate'.")
        }
        let seconds = try length.seconds(), dropped = try members["drop"]?.seconds()
        guard seconds >= 1 else { throw length.error("'\(length.name)' is at least one second.") }
        if let dropped, let drop = members["drop"], dropped >= seconds {
            throw drop.error("'\(drop.name)' is shorter than the stage.")
        }
        return LoadStage(levels.from, to: levels.to, seconds: seconds, dropped: dropped, label: try members["label"]?.text())
    }

    private static func users(_ place: ScenarioNode) throws(ScenarioError) -> (from: LoadLevel, to: LoadLevel) {
        guard let range = Quantity.range(try place.text()), let from = Int(exactly: range.from), let to = Int(exactly: range.to),
            max(from, to) <= LoadPlan.maximumUsers
        else {
            throw place.error("'\(place.name)' is a number of users (5) or a ramp (5..50), at most \(LoadPlan.maximumUsers).")
        }
        return (.users(from), .users(to))
    }

    private static func rate(_ place: ScenarioNode) throws(ScenarioError) -> (from: LoadLevel, to: LoadLevel) {
        guard let range = Quantity.range(try place.text()), max(range.from, range.to) <= LoadPlan.maximumRate else {
            throw place.error(
                "'\(place.name)' is a number of requests a second (8) or a ramp (1..20), at most \(Int(LoadPlan.maximumRate)).")
        }
        return (.rate(range.from), .rate(range.to))
    }
}

extension ScenarioError {
    /// What the YAML parser complains of.
    init(yaml error: YamlError, file: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            self.init(file: file, line: mark.line, column: mark.column, "is not YAML: \(problem).")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "'\($0)'" }.joined(separator: ", ")
            self.init(file: file, line: context.mark.line, column: context.mark.column, "\(names) is there twice.")
        default: self.init(file: file, "is not YAML: \(error)")
        }
    }
}
