/// Why a key file cannot be used: the position, and a sentence that says what is wrong and what to do.
package struct APIKeyFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path of the file, if there is one.
    package var path: String?
    /// The line, from 1; nil when the error concerns the whole file.
    package var line: Int?
    /// The column, from 1, in characters.
    package var column: Int?
    /// The sentence.
    package var message: String

    /// The sentence with its position.
    package var description: String {
        var position = path ?? "API keys"
        if let line, let column { position += ", line \(line), column \(column)" }
        return "\(position): \(message)"
    }
}

/// The format of the key file: one key per line, three words separated by white space.
///
///     # Comments and empty lines are skipped.
///     alice   predict         sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
///     ops     predict,admin   sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9  # the night shift
///
/// A name begins with a letter, has up to 64 letters, digits, `-`, `_` and `.`, and is unique. The digest is the SHA-256 of the key as
/// clients send it, in 64 hexadecimal digits (`printf %s "$KEY" | sha256sum` prints it).
enum APIKeyFile {
    private static let example = "Write: NAME predict sha256:DIGEST"

    private struct Word {
        var text: Substring
        var column: Int
    }

    /// Parses all keys of a file's text; throws at the first error.
    static func keys(in text: String) throws(APIKeyFileError) -> [APIKey] {
        var keys: [APIKey] = []
        var lines: [String: Int] = [:]
        var digests: [[UInt8]: Int] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let number = index + 1
            let words = words(of: line)
            guard let first = words.first else { continue }
            let key = try key(words, line: number, end: line.count + 1)
            if let earlier = lines.updateValue(number, forKey: key.name) {
                throw problem(
                    number, first.column, "the name '\(key.name)' is already used in line \(earlier). Give each key its own name."
                )
            }
            if let earlier = digests.updateValue(number, forKey: key.digest) {
                throw problem(
                    number, words[2].column,
                    "this key is already listed in line \(earlier). Create a separate key for each holder.")
            }
            keys.append(key)
        }
        if keys.isEmpty {
            throw APIKeyFileError(message: "the file contains no keys, so no client could use the service. \(example)")
        }
        return keys
    }

    private static func key(_ words: [Word], line: Int, end: Int) throws(APIKeyFileError) -> APIKey {
        guard APIKey.isName(words[0].text) else {
            throw problem(
                line, words[0].column,
                """
                '\(words[0].text.prefix(70))' is not a valid name: \
                a name begins with a letter and has up to 64 letters, digits, '-', '_' and '.'.
                """
            )
        }
        guard words.count >= 3 else {
            throw problem(line, end, "the \(words.count == 1 ? "scopes are" : "digest is") missing. \(example)")
        }
        if words.count > 3 {
            throw problem(line, words[3].column, "the line has more than a name, scopes and a digest. \(example)")
        }
        return APIKey(
            name: String(words[0].text), scopes: try scopes(words[1], line: line), digest: try digest(words[2], line: line))
    }

    private static func scopes(_ word: Word, line: Int) throws(APIKeyFileError) -> Set<KeyScope> {
        var scopes: Set<KeyScope> = []
        var column = word.column
        for name in word.text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let scope = KeyScope(rawValue: String(name)) else {
                throw problem(
                    line, column,
                    "'\(name.prefix(30))' is not a scope. The scopes are predict and admin; separate them by commas.")
            }
            scopes.insert(scope)
            column += name.count + 1
        }
        return scopes
    }

    private static func digest(_ word: Word, line: Int) throws(APIKeyFileError) -> [UInt8] {
        guard word.text.hasPrefix("sha256:") else {
            throw problem(
                line, word.column,
                "the third word must be sha256: followed by the key's digest. Do not store the key itself in this file.")
        }
        let digits = word.text.dropFirst(7)
        var nibbles: [UInt8] = []
        for (offset, digit) in digits.enumerated() {
            guard digit.isASCII, let value = digit.hexDigitValue else {
                throw problem(line, word.column + 7 + offset, "'\(digit)' is not a hexadecimal digit.")
            }
            nibbles.append(UInt8(value))
        }
        guard nibbles.count == 64 else {
            throw problem(line, word.column + 7, "the digest has \(nibbles.count) digits; SHA-256 has 64.")
        }
        return stride(from: 0, to: 64, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }

    /// The words before a `#`, with their columns.
    private static func words(of line: Substring) -> [Word] {
        let content = line.prefix { $0 != "#" }
        return content.split(whereSeparator: \.isWhitespace).map { word in
            Word(text: word, column: line.distance(from: line.startIndex, to: word.startIndex) + 1)
        }
    }

    private static func problem(_ line: Int, _ column: Int, _ message: String) -> APIKeyFileError {
        APIKeyFileError(line: line, column: column, message: message)
    }
}
