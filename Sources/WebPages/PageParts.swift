import Foundation

/// Parts that pages have in common: `<!-- include NAME -->` stands for the part NAME.
struct PageParts {
    private let parts: [String: Data]

    init(_ parts: [String: Data]) { self.parts = parts }

    /// The page with its parts. Parts are put in as they are: a part has no parts.
    func filled(_ page: Data) throws(PageError) -> Data {
        let text = String(decoding: page, as: UTF8.self)
        var made = "", rest = text[...]
        while let opening = rest.firstRange(of: "<!-- include "), let closing = rest[opening.upperBound...].firstRange(of: " -->")
        {
            let name = String(rest[opening.upperBound..<closing.lowerBound])
            guard let part = parts[name] else { throw .missing(name) }
            made += rest[..<opening.lowerBound] + String(decoding: part, as: UTF8.self).drop { $0.isWhitespace }
            while made.last?.isNewline == true { made.removeLast() }
            rest = rest[closing.upperBound...]
        }
        return Data((made + rest).utf8)
    }
}
