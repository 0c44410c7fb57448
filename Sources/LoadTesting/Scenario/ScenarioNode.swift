import Foundation
import Yams

/// A node of a scenario file: reads its value, and reports line and column when it has another type.
struct ScenarioNode {
    let file: String
    let node: Node
    /// Its name in messages: `requests[1].checks`.
    let name: String

    /// An error at this place.
    func error(_ problem: String) -> ScenarioError {
        ScenarioError(file: file, line: node.mark?.line, column: node.mark?.column, problem)
    }

    /// Its members, all of which must be among `known`.
    func members(_ known: [String]) throws(ScenarioError) -> [String: ScenarioNode] {
        guard let mapping = node.mapping else {
            throw error("\(name.isEmpty ? "a scenario" : "'\(name)'") is made of 'name: value' lines with \(Self.list(known)).")
        }
        var members: [String: ScenarioNode] = [:]
        for (key, value) in mapping {
            let word = key.scalar?.string ?? "", place = ScenarioNode(file: file, node: key, name: word)
            guard known.contains(word) else {
                throw place.error(
                    "there is no '\(word)' in \(name.isEmpty ? "a scenario" : "'\(name)'"); there is \(Self.list(known)).")
            }
            members[word] = ScenarioNode(file: file, node: value, name: name.isEmpty ? word : "\(name).\(word)")
        }
        return members.filter { !$0.value.isNull }
    }

    /// Any members, in the order of the file.
    func pairs() throws(ScenarioError) -> [(name: String, value: ScenarioNode)] {
        guard let mapping = node.mapping else { throw error("'\(name)' is made of 'name: value' lines.") }
        var pairs: [(name: String, value: ScenarioNode)] = []
        for (key, value) in mapping {
            let word = key.scalar?.string ?? ""
            pairs.append((word, ScenarioNode(file: file, node: value, name: "\(name).\(word)")))
        }
        return pairs
    }

    /// Its elements; a single value counts as a list of one.
    func elements() -> [ScenarioNode] {
        guard let sequence = node.sequence else { return [self] }
        return sequence.enumerated().map { ScenarioNode(file: file, node: $1, name: "\(name)[\($0)]") }
    }

    /// Whether it is a list.
    var isList: Bool { node.sequence != nil }

    /// Whether it has `name: value` lines.
    var isMapping: Bool { node.mapping != nil }

    /// Whether it is one word without quotes.
    var isPlain: Bool { node.scalar?.style == .plain }

    /// Whether it is `~`, `null` or empty.
    var isNull: Bool { node.scalar.map { $0.style == .plain && ["", "~", "null"].contains($0.string) } ?? false }

    /// A single text or number.
    func text() throws(ScenarioError) -> String {
        guard let scalar = node.scalar else { throw error("'\(name)' is one text or number.") }
        return scalar.string
    }

    /// A whole number within bounds.
    func whole(_ bounds: ClosedRange<Int>) throws(ScenarioError) -> Int {
        guard let number = Int(try text()), bounds.contains(number) else {
            throw error("'\(name)' is a whole number from \(bounds.lowerBound) to \(bounds.upperBound).")
        }
        return number
    }

    /// A number within bounds.
    func number(_ bounds: ClosedRange<Double>) throws(ScenarioError) -> Double {
        guard let number = Double(try text()), bounds.contains(number) else {
            throw error(
                "'\(name)' is a number from \(Decimals.shortest(bounds.lowerBound)) to \(Decimals.shortest(bounds.upperBound)).")
        }
        return number
    }

    /// A time in seconds.
    func seconds() throws(ScenarioError) -> Double {
        guard let seconds = Quantity.seconds(try text()) else { throw error("'\(name)' is a time such as 500ms, 60s, 2m or 1h.") }
        return seconds
    }

    /// True or false.
    func switched() throws(ScenarioError) -> Bool {
        guard let value = node.scalar.flatMap({ ["true": true, "false": false][$0.string] }) else {
            throw error("'\(name)' is true or false.")
        }
        return value
    }

    /// One of a few words.
    func choice<Word: CaseIterable & RawRepresentable>(_: Word.Type) throws(ScenarioError) -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: try text()) else {
            throw error("'\(name)' is one of \(Self.list(Word.allCases.map(\.rawValue))).")
        }
        return word
    }

    private static func list(_ words: [String]) -> String { words.joined(separator: ", ") }
}

/// Files that a scenario names, read within bounds.
struct ScenarioFile {
    /// The scenario itself at most.
    static let longestScenario = 1 << 20

    /// A path as written in a scenario: from the folder of the scenario, unless it begins with a slash.
    static func path(_ path: String, besides scenario: String) -> String {
        URL(filePath: path, relativeTo: URL(filePath: scenario).deletingLastPathComponent()).path
    }

    /// The bytes of a file.
    static func read(_ path: String, atMost limit: Int) throws(ScenarioError) -> [UInt8] {
        let handle: FileHandle
        do { handle = try FileHandle(forReadingFrom: URL(filePath: path)) } catch {
            throw ScenarioError(file: path, "cannot be read: \(reason(error)).")
        }
        defer { try? handle.close() }
        let bytes: Data
        do { bytes = try handle.read(upToCount: limit + 1) ?? Data() } catch {
            throw ScenarioError(file: path, "cannot be read: \(reason(error)).")
        }
        guard bytes.count <= limit else { throw ScenarioError(file: path, "is longer than \(limit) bytes.") }
        return Array(bytes)
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile, .fileNoSuchFile: "there is no such file"
        case .fileReadNoPermission: "permission denied"
        default: "it is not a readable file"
        }
    }
}
