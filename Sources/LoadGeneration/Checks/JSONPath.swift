/// The path of a value in a JSON document: member names and list indices.
package struct JSONPath: Sendable, Hashable, CustomStringConvertible {
    /// One step down.
    package enum Step: Sendable, Hashable {
        /// Into the member of an object.
        case member(String)
        /// To an element of a list, counted from 0.
        case element(Int)
    }

    /// From the top of the document downwards; empty is the document itself.
    package let steps: [Step]

    /// These steps.
    package init(_ steps: [Step]) { self.steps = steps }

    /// Parses `data[0]`, `links.status`, `[2].name`, optionally with a leading `$` or `$.`.
    package init(_ text: String) throws(JSONPathError) {
        var rest = Substring(text)
        if rest.hasPrefix("$") { rest.removeFirst() }
        var steps: [Step] = []
        var isFirst = true
        while let first = rest.first {
            if first == "[" {
                guard let end = rest.firstIndex(of: "]"), let place = Int(rest[rest.index(after: rest.startIndex)..<end]),
                    place >= 0
                else { throw JSONPathError(text: text) }
                steps.append(.element(place))
                rest = rest[rest.index(after: end)...]
            } else {
                if first == "." { rest.removeFirst() } else if !isFirst { throw JSONPathError(text: text) }
                let end = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
                guard end != rest.startIndex else { throw JSONPathError(text: text) }
                steps.append(.member(String(rest[..<end])))
                rest = rest[end...]
            }
            isFirst = false
        }
        self.steps = steps
    }

    package var description: String {
        steps.reduce(into: "") { text, step in
            switch step {
            case .member(let name): text += text.isEmpty ? name : ".\(name)"
            case .element(let place): text += "[\(place)]"
            }
        }
    }
}

/// An invalid path.
package struct JSONPathError: Error, Equatable, CustomStringConvertible {
    /// What was written.
    package let text: String

    package var description: String { "\"\(text)\" is not a JSON path. Use a form like data[0] or links.status." }
}
