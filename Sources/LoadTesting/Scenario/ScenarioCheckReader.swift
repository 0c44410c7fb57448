import LoadGeneration

/// Reads the checks of a request.
enum ScenarioCheckReader {
    private enum Rule: String, CaseIterable { case exists, equals, contains, nonempty }

    static func checks(_ place: ScenarioNode) throws(ScenarioError) -> ResponseChecks {
        let members = try place.members(["status", "json", "picture", "picture-at", "queued"])
        var checks = ResponseChecks()
        if let status = members["status"] { checks.statuses = try statuses(status) }
        if let json = members["json"] { checks.json = try self.json(json) }
        if let picture = members["picture"] {
            let place = try members["picture-at"].map { place throws(ScenarioError) in
                PictureCheck.Place.json(try path(place.text(), place))
            }
            checks.picture = PictureCheck(place: place ?? .body, expected: try expected(picture))
        } else if let lonely = members["picture-at"] {
            throw lonely.error("'picture-at' goes with 'picture'.")
        }
        if let queued = members["queued"] { checks.acceptsQueued = try queued.switched() }
        return checks
    }

    /// `200`, `200..299`.
    private static func statuses(_ place: ScenarioNode) throws(ScenarioError) -> ClosedRange<Int> {
        guard let range = Quantity.range(try place.text()), let from = Int(exactly: range.from), let to = Int(exactly: range.to),
            from <= to, (100...599).contains(from), (100...599).contains(to)
        else { throw place.error("'\(place.name)' is a status (200) or a range of them (200..299).") }
        return from...to
    }

    /// `path: nonempty`, `path: exists`, `path: {equals: done}`, or `path: done`, which is the same.
    private static func json(_ place: ScenarioNode) throws(ScenarioError) -> [JSONCheck] {
        var checks: [JSONCheck] = []
        for (name, value) in try place.pairs() {
            checks.append(JSONCheck(try path(name, value), try rule(value)))
        }
        return checks
    }

    private static func rule(_ place: ScenarioNode) throws(ScenarioError) -> JSONCheck.Rule {
        guard place.isMapping else {
            switch try place.text() {
            case Rule.exists.rawValue: return .exists
            case Rule.nonempty.rawValue: return .isNotEmpty
            case let text: return .equals(text)
            }
        }
        let members = try place.members([Rule.equals.rawValue, Rule.contains.rawValue])
        switch (members["equals"], members["contains"]) {
        case (let value?, nil): return .equals(try value.text())
        case (nil, let value?): return .contains(try value.text())
        default: throw place.error("'\(place.name)' has either 'equals' or 'contains'.")
        }
    }

    private static func path(_ text: String, _ place: ScenarioNode) throws(ScenarioError) -> JSONPath {
        do { return try JSONPath(text) } catch { throw place.error("\(error)") }
    }

    /// `any`, `512x512`, or `512` for the longer side.
    private static func expected(_ place: ScenarioNode) throws(ScenarioError) -> PictureExpectation {
        let text = try place.text()
        if text == "any" { return .any }
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard (1...2).contains(sides.count), sides.allSatisfy({ (1...100_000).contains($0) }) else {
            throw place.error("'\(place.name)' is any, a size such as 512x384, or the longer side alone (512).")
        }
        return sides.count == 1 ? .longerSide(sides[0]) : .size(PictureSize(width: sides[0], height: sides[1]))
    }
}
