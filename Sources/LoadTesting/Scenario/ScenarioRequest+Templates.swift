package import LoadGeneration

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
