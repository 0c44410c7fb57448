import Hummingbird
import JobQueue
import Serving

/// The query of `POST /v1/stylize`, checked.
struct StylizeQuery: Sendable {
    var style: String?
    var size: Int?
    var fit: JobRequest.Fit
    var format: JobRequest.Format
    var quality: Int?

    /// Reads `style`, `size`, `fit`, `format` and `quality`; what is absent keeps its default.
    init(_ query: Parameters, styles: [StyleDescription], sizes: ClosedRange<Int>) throws(Refusal) {
        style = try Self.style(query["style"], among: styles)
        size = try Self.number("size", query["size"], in: sizes, unit: " pixels")
        quality = try Self.number("quality", query["quality"], in: 1...100, unit: "")
        fit = try Self.choice("fit", query["fit"]) ?? .contain
        format = try Self.choice("format", query["format"]) ?? .jpeg
    }

    private static func style(_ value: Substring?, among styles: [StyleDescription]) throws(Refusal) -> String? {
        guard let value, !value.isEmpty else { return nil }
        guard styles.contains(where: { $0.name == value }) else {
            throw .unknownStyle(String(value), known: styles.map(\.name))
        }
        return String(value)
    }

    private static func number(
        _ name: String, _ value: Substring?, in range: ClosedRange<Int>, unit: String
    ) throws(Refusal) -> Int? {
        guard let value, !value.isEmpty else { return nil }
        guard let number = Int(value), range.contains(number) else {
            throw .badParameter(
                name,
                """
                \(name)=\(value.prefix(20)) doesn't work: \
                it has to be a whole number from \(range.lowerBound) to \(range.upperBound)\(unit).
                """
            )
        }
        return number
    }

    private static func choice<Choice>(_ name: String, _ value: Substring?) throws(Refusal) -> Choice?
    where Choice: RawRepresentable<String> & CaseIterable {
        guard let value, !value.isEmpty else { return nil }
        if let choice = Choice(rawValue: value.lowercased()) { return choice }
        let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw .badParameter(name, "\(name)=\(value.prefix(20)) doesn't work: it has to be one of \(choices).")
    }
}
