/// Which web pages of other origins may use the service through a browser.
package enum CrossOriginPolicy: Sendable, Equatable {
    /// Why a text is no origin, in a sentence.
    package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// The sentence.
        package var description: String
    }

    /// None.
    case none
    /// All of them.
    case any
    /// Those of these origins, as browsers write them: `https://example.org`, `http://localhost:3000`.
    case origins(Set<String>)

    /// Reads the values of `--cors-origin`: origins, or `*`. No value means none.
    package init(_ values: [String]) throws(Problem) {
        if values.contains("*") {
            self = .any
            return
        }
        var origins: Set<String> = []
        for value in values { origins.insert(try Self.origin(value)) }
        self = origins.isEmpty ? .none : .origins(origins)
    }

    /// What a reply to a page of `origin` says in `Access-Control-Allow-Origin`; nil when the page may not have it.
    func answer(to origin: String) -> String? {
        switch self {
        case .none: nil
        case .any: "*"
        case .origins(let origins): origins.contains(origin.lowercased()) ? origin : nil
        }
    }

    private static func origin(_ value: String) throws(Problem) -> String {
        let origin = value.lowercased()
        let scheme = ["https://", "http://"].first { origin.hasPrefix($0) }
        let rest = origin.dropFirst(scheme?.count ?? 0)
        guard scheme != nil, !rest.isEmpty, !rest.contains(where: { "/?#@, *".contains($0) || $0.isWhitespace }) else {
            throw Problem(
                description:
                    """
                    '\(value.prefix(80))' is no origin. \
                    Write it like https://example.org or http://localhost:3000, without a path; * means every page.
                    """
            )
        }
        return origin
    }
}
