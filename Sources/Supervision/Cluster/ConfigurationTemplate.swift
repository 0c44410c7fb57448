/// Text with `${NAME}` in it, filled in as `envsubst` does for nginx' official image: known names only, so that nginx' own
/// variables stay. Unlike there, a name of ours without a value is an error, and a value can't bring a line break, a brace or a quote.
package struct ConfigurationTemplate: Sendable {
    /// Names with these prefixes are ours.
    private static let prefixes = ["SAKUGA_", "NGINX_"]

    private let text: String
    private let name: String

    /// - Parameter name: of the file, for complaints.
    package init(_ text: String, name: String) {
        self.text = text
        self.name = name
    }

    /// The text with the values in their places.
    package func filled(with values: [String: String]) throws(ClusterError) -> String {
        var result = "", rest = text[...]
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            rest = rest[start.lowerBound...]
            guard let end = rest.firstIndex(of: "}") else { break }
            let variable = String(rest[start.upperBound..<end])
            if Self.prefixes.contains(where: { variable.hasPrefix($0) }) {
                result += try value(of: variable, in: values)
            } else {
                result += rest[...end]
            }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private func value(of variable: String, in values: [String: String]) throws(ClusterError) -> String {
        guard let value = values[variable], !value.isEmpty else {
            throw .template("\(name) asks for \(variable), and it has no value.")
        }
        guard !value.contains(where: { $0.isNewline || "{}\"'\\`".contains($0) }) else {
            throw .template(
                "\(variable) has the value \(value), and it must not contain quotes, braces, backslashes or line breaks.")
        }
        return value
    }
}
