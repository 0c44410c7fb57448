import Foundation

/// The document of `/openapi.json`, to look up operations and to validate values.
struct OpenAPI: Sendable {
    let root: JSONValue

    init(_ data: Data) throws {
        root = try JSONDecoder().decode(JSONValue.self, from: data)
    }

    static let methods: Set<String> = ["get", "head", "post", "put", "patch", "delete", "options"]

    /// The documented methods of each path, in the format of `HTTPServer.routes`. The paths of Gradio exist with and without the prefix, and are
    /// documented once.
    var routes: [String: Set<String>] {
        var routes: [String: Set<String>] = [:]
        for (path, item) in root["paths"]?.members ?? [:] {
            let operations = (item.members ?? [:]).filter { Self.methods.contains($0.key) }
            var methods = Set(operations.keys.map { $0.uppercased() })
            // Every GET supports HEAD, which the document states once.
            if methods.contains("GET") { methods.insert("HEAD") }
            let tags = operations.values.flatMap { $0["tags"]?.elements ?? [] }.compactMap(\.string)
            let isGradio = tags.contains { $0.hasPrefix("Gradio") }
            for path in isGradio ? Self.gradioPaths(path) : [path] { routes[String(path.dropFirst())] = methods }
        }
        return routes
    }

    private static func gradioPaths(_ path: String) -> [String] {
        let prefix = "/gradio_api"
        return path.hasPrefix(prefix + "/") ? [path, String(path.dropFirst(prefix.count))] : [path, prefix + path]
    }

    /// The documented response of an operation; nil if it is not documented.
    func response(_ method: String, _ path: String, status: Int) -> JSONValue? {
        root["paths"]?[path]?[method.lowercased()]?["responses"]?[String(status)].map(resolved)
    }

    /// The value itself, or the target of its `$ref`.
    func resolved(_ value: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.string else { return value }
        return target(of: reference).map(resolved) ?? .null
    }

    /// The target of a reference within the document.
    func target(of reference: String) -> JSONValue? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(root) { $0?[String($1)] }
    }

    /// Why `value` does not match `schema`, by the part of JSON Schema that the document uses. Members without a schema count as errors too, so
    /// that the server and the document cannot diverge.
    func faults(of value: JSONValue, by schema: JSONValue, at place: String = "$") -> [String] {
        let schema = resolved(schema)
        var faults: [String] = []
        if let constant = schema["const"], constant != value { faults.append("\(place): \(value) is not \(constant)") }
        if let choices = schema["enum"]?.elements, !choices.contains(value) { faults.append("\(place): \(value) is no choice") }
        if let type = schema["type"] {
            let types = type.elements ?? [type]
            if !types.contains(where: { Self.isA(value, $0.string ?? "") }) {
                return faults + ["\(place): \(value) is no \(types)"]
            }
        }
        if let choices = schema["anyOf"]?.elements {
            let all = choices.map { self.faults(of: value, by: $0, at: place) }
            if all.allSatisfy({ !$0.isEmpty }) { faults += all.flatMap(\.self) }
        }
        if let minimum = schema["minimum"]?.number, let number = value.number, number < minimum {
            faults.append("\(place): \(number) is less than \(minimum)")
        }
        if let pattern = schema["pattern"]?.string, let text = value.string,
            text.range(of: pattern, options: .regularExpression) == nil
        {
            faults.append("\(place): \(text) doesn't look like \(pattern)")
        }
        if schema["format"] == .string("date-time"), let text = value.string, !Self.isTime(text) {
            faults.append("\(place): \(text) is no time of RFC 3339")
        }
        if let members = value.members { faults += self.faults(ofMembers: members, by: schema, at: place) }
        if let elements = value.elements { faults += self.faults(ofElements: elements, by: schema, at: place) }
        return faults
    }

    private func faults(ofMembers members: [String: JSONValue], by schema: JSONValue, at place: String) -> [String] {
        let required = (schema["required"]?.elements ?? []).compactMap(\.string)
        var faults = required.filter { members[$0] == nil }.map { "\(place): \($0) is missing" }
        guard let known = schema["properties"]?.members else {
            if let other = schema["additionalProperties"] {
                for (key, member) in members { faults += self.faults(of: member, by: other, at: "\(place).\(key)") }
            }
            return faults
        }
        for (key, member) in members {
            guard let schema = known[key] else {
                faults.append("\(place): \(key) is not documented")
                continue
            }
            faults += self.faults(of: member, by: schema, at: "\(place).\(key)")
        }
        return faults
    }

    private func faults(ofElements elements: [JSONValue], by schema: JSONValue, at place: String) -> [String] {
        var faults: [String] = []
        let first = schema["prefixItems"]?.elements ?? []
        for (index, element) in elements.enumerated() {
            if index < first.count {
                faults += self.faults(of: element, by: first[index], at: "\(place)[\(index)]")
            } else if let rest = schema["items"] {
                if rest == .boolean(false) { faults.append("\(place): too many elements") }
                faults += self.faults(of: element, by: rest, at: "\(place)[\(index)]")
            }
        }
        if let least = schema["minItems"]?.number, Double(elements.count) < least { faults.append("\(place): too few elements") }
        if let most = schema["maxItems"]?.number, Double(elements.count) > most { faults.append("\(place): too many elements") }
        return faults
    }

    private static func isTime(_ text: String) -> Bool {
        let pattern = #"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"#
        return text.range(of: pattern, options: .regularExpression) != nil
    }

    private static func isA(_ value: JSONValue, _ type: String) -> Bool {
        switch (value, type) {
        case (.null, "null"), (.boolean, "boolean"), (.number, "number"), (.string, "string"), (.array, "array"),
            (.object, "object"):
            true
        case (.number(let number), "integer"): number.rounded() == number
        default: false
        }
    }
}
