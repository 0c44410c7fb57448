package import LoadGeneration

/// Reads the requests of a scenario.
struct ScenarioRequestReader {
    let file: String
    /// For every request.
    let headers: [(name: String, value: Placeholders)]
    /// For requests without data of their own.
    let data: DataFeed?

    private static let bodies = ["json", "text", "file", "image"]

    func requests(_ place: ScenarioNode) throws(ScenarioError) -> [ScenarioRequest] {
        let elements = place.elements()
        guard place.isList, (1...100).contains(elements.count) else {
            throw place.error("'requests' is a list of 1 to 100 requests: a line with a dash for each, such as '- path: /'.")
        }
        var requests: [ScenarioRequest] = []
        for element in elements { requests.append(try request(element)) }
        return requests
    }

    private func request(_ place: ScenarioNode) throws(ScenarioError) -> ScenarioRequest {
        let members = try place.members(
            ["name", "method", "path", "weight", "headers", "checks", "data", "api", "unique", "query"] + Self.bodies)
        let given = Self.bodies.filter { members[$0] != nil }
        guard given.count <= 1 else {
            throw place.error("'\(place.name)' has one of \(given.joined(separator: " and ")), not both.")
        }
        if members["api"] != nil, members["image"] == nil { throw place.error("'api' goes with 'image'.") }
        let body = try body(members)
        guard members["path"] != nil || members["image"] != nil else { throw place.error("'\(place.name)' needs a 'path'.") }
        let path = try members["path"].map(Self.path)
        let method = try members["method"].map(Self.method) ?? (given.isEmpty ? "GET" : "POST")
        let name = try members["name"]?.text()
        let pathText = try members["path"]?.text()
        var request = ScenarioRequest(
            name: name ?? pathText.map { "\(method) \($0)" } ?? "", method: method,
            path: path ?? Placeholders(fixed: "/"), place: place.error(""))
        request.weight = try members["weight"]?.number(0.001...1_000_000) ?? 1
        request.headers = headers + (try members["headers"].map(Self.headers) ?? [])
        request.body = body
        request.isUnique = try members["unique"]?.switched() ?? false
        request.query = try members["query"]?.text() ?? ""
        if let checks = members["checks"] {
            request.checks = try ScenarioCheckReader.checks(checks)
            request.hasChecks = true
        }
        request.data = try members["data"].map { place throws(ScenarioError) in try Self.data(place, file: file) } ?? data
        try Self.check(request, place)
        return request
    }

    private func body(_ members: [String: ScenarioNode]) throws(ScenarioError) -> ScenarioRequest.Body {
        if let json = members["json"] {
            let text = String(decoding: try ScenarioJSON.text(of: json), as: UTF8.self)
            return .text(try Self.placeholders(text, json), isJSON: true)
        }
        if let text = members["text"] { return .text(try Self.placeholders(try text.text(), text), isJSON: false) }
        if let path = members["file"] {
            return .bytes(try ScenarioFile.read(ScenarioFile.path(try path.text(), besides: file), atMost: DataFeed.longest))
        }
        guard let image = members["image"] else { return .none }
        var paths: [String] = []
        for element in image.elements() { paths.append(ScenarioFile.path(try element.text(), besides: file)) }
        return .pictures(paths, try members["api"]?.choice(ServiceAPI.self) ?? .gradio)
    }

    /// Every place must have a column that fills it.
    private static func check(_ request: ScenarioRequest, _ place: ScenarioNode) throws(ScenarioError) {
        var used = request.path.columns
        for header in request.headers { used.formUnion(header.value.columns) }
        if case .text(let text, _) = request.body { used.formUnion(text.columns) }
        let known = Set(request.data?.columns ?? [])
        guard let missing = used.subtracting(known).min() else { return }
        let columns = known.isEmpty ? "there is no 'data'" : "the data has \(known.sorted().joined(separator: ", "))"
        throw place.error("nothing fills '${\(missing)}': \(columns).")
    }
}

// MARK: Parts

extension ScenarioRequestReader {
    /// `name: value` lines.
    static func headers(_ place: ScenarioNode) throws(ScenarioError) -> [(name: String, value: Placeholders)] {
        var headers: [(name: String, value: Placeholders)] = []
        for (name, value) in try place.pairs() {
            guard HeaderText.isName(name) else { throw value.error("'\(name)' is not a header name.") }
            let text = try value.text()
            guard HeaderText.isValue(text) else {
                throw value.error("the header '\(name)' contains a character that headers cannot have.")
            }
            headers.append((name, try placeholders(text, value)))
        }
        return headers
    }

    /// A file of rows.
    static func data(_ place: ScenarioNode, file: String) throws(ScenarioError) -> DataFeed {
        let path = ScenarioFile.path(try place.text(), besides: file)
        return try DataFeed(try ScenarioFile.read(path, atMost: DataFeed.longest), file: path)
    }

    private static func path(_ place: ScenarioNode) throws(ScenarioError) -> Placeholders {
        let text = try place.text()
        guard text.hasPrefix("/"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("#") else {
            throw place.error("'\(place.name)' begins with a slash and has neither spaces nor '#'; encode others as %20.")
        }
        return try placeholders(text, place)
    }

    private static func method(_ place: ScenarioNode) throws(ScenarioError) -> String {
        let text = try place.text()
        guard HeaderText.isName(text), text.count <= 20 else {
            throw place.error("'\(text)' is not a method such as GET or POST.")
        }
        return text.uppercased()
    }

    private static func placeholders(_ text: String, _ place: ScenarioNode) throws(ScenarioError) -> Placeholders {
        guard let placeholders = Placeholders(text) else {
            throw place.error("'\(place.name)' has a '${' without a name and '}'.")
        }
        return placeholders
    }
}

/// What header fields are made of (RFC 9110).
package enum HeaderText {
    /// Letters, digits and a few signs.
    package static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains($0)
                }
            }
    }

    /// Anything but line ends and other control characters.
    package static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}

extension ScenarioRequest {
    /// The requests that a generator sends for it: one, or one for each row of its data.
    ///
    /// - Parameter pictures: makes the template of pictures in these files or folders; the name is empty when the scenario has none.
    package func templates(
        pictures: (_ paths: [String], _ request: ScenarioRequest) throws -> RequestTemplate
    ) throws -> [RequestTemplate] {
        if case .pictures(let paths, _) = body {
            var template = try pictures(paths, self)
            if !name.isEmpty { template.name = name }
            template.weight = weight
            return [template]
        }
        guard let data, usesData else { return [template([:], share: 1)] }
        return data.rows.indices.map { template(data.values($0), share: data.rows.count) }
    }

    /// Headers without places for data, for pictures.
    package var fixedHeaders: [(name: String, value: String)] {
        headers.map { ($0.name, $0.value.filled([:], in: .text)) }
    }

    private var usesData: Bool {
        if case .text(let text, _) = body, !text.columns.isEmpty { return true }
        return !path.columns.isEmpty || headers.contains { !$0.value.columns.isEmpty }
    }

    private func template(_ values: [String: String], share: Int) -> RequestTemplate {
        var fields = headers.map { (name: $0.name, value: $0.value.filled(values, in: .text).filter { !$0.isNewline }) }
        let bodies: [RequestBody]
        switch body {
        case .none, .pictures: bodies = []
        case .bytes(let bytes): bodies = [RequestBody(bytes: bytes)]
        case .text(let text, let isJSON):
            bodies = [RequestBody(bytes: Array(text.filled(values, in: isJSON ? .json : .text).utf8))]
            if isJSON, !fields.contains(where: { $0.name.lowercased() == "content-type" }) {
                fields.append((name: "Content-Type", value: "application/json"))
            }
        }
        return RequestTemplate(
            name: name, method: method, path: path.filled(values, in: .path), headers: fields, bodies: bodies,
            weight: weight / Double(share), checks: checks)
    }
}
