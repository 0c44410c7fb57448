/// A table in a terminal, with columns as wide as their content.
struct TextTable {
    /// A column's title and alignment.
    struct Column {
        var title: String
        var isNumber: Bool

        static func words(_ title: String) -> Column { Column(title: title, isNumber: false) }
        static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
    }

    let columns: [Column]
    var rows: [[String]] = []
    private static let gap = "  "

    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row with a cell for each column.
    mutating func add(_ cells: [String]) { rows.append(cells.map { DisplayWidth.plain($0) }) }

    /// The lines, each at most `width` columns wide where that is given; the words of the first column give way.
    func lines(width: Int? = nil) -> [String] {
        var widths = columns.indices.map { index in
            rows.reduce(DisplayWidth.of(columns[index].title)) { max($0, DisplayWidth.of($1[index])) }
        }
        if let width, let first = columns.firstIndex(where: { !$0.isNumber }) {
            let all = widths.reduce(0, +) + Self.gap.count * (widths.count - 1)
            if all > width { widths[first] = max(6, widths[first] - (all - width)) }
        }
        return ([columns.map(\.title)] + rows).map { cells in
            let line = zip(columns.indices, cells).map { index, cell in
                DisplayWidth.pad(DisplayWidth.cut(cell, to: widths[index]), to: widths[index], isRight: columns[index].isNumber)
            }.joined(separator: Self.gap)
            let trimmed = line.replacing(/\s+$/, with: "")
            return width.map { DisplayWidth.cut(trimmed, to: $0) } ?? trimmed
        }
    }
}

/// Long lines cut at spaces, with the indent of the line they come from; a word that is too long for a line is cut itself.
enum LineWrap {
    static func wrapped(_ line: String, to width: Int) -> [String] {
        guard width >= 20, DisplayWidth.of(line) > width else { return [line] }
        let indent = String(line.prefix { $0 == " " }.prefix(width / 4))
        let room = width - indent.count - 2
        var lines: [String] = [], current = ""
        for word in line.split(separator: " ").flatMap({ pieces(of: $0, width: room) }) {
            let candidate = current.isEmpty ? indent + word : current + " " + word
            if DisplayWidth.of(candidate) <= width {
                current = candidate
            } else {
                lines.append(current)
                current = indent + "  " + word
            }
        }
        return lines + [current]
    }

    private static func pieces(of word: Substring, width: Int) -> [String] {
        var pieces: [String] = [], piece = ""
        for character in word {
            if DisplayWidth.of(piece + String(character)) > width {
                pieces.append(piece)
                piece = ""
            }
            piece.append(character)
        }
        return pieces + [piece]
    }
}

/// How many columns of a terminal a text takes: Chinese, Japanese and Korean characters take two, combining marks none.
enum DisplayWidth {
    /// Columns of `text`, which has no control characters.
    static func of(_ text: some StringProtocol) -> Int { text.reduce(0) { $0 + width($1) } }

    /// The text, cut to at most `columns` with an ellipsis where something is missing.
    static func cut(_ text: String, to columns: Int) -> String {
        guard of(text) > columns else { return text }
        guard columns > 1 else { return String(repeating: "…", count: max(0, columns)) }
        var kept = "", used = 0
        for character in text {
            let next = width(character)
            if used + next > columns - 1 { break }
            kept.append(character)
            used += next
        }
        return kept + "…"
    }

    /// The text with spaces on its right (or left) until it takes `columns`.
    static func pad(_ text: String, to columns: Int, isRight: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, columns - of(text)))
        return isRight ? spaces + text : text + spaces
    }

    /// One line without control characters: what a server sends must not steer the terminal.
    static func plain(_ text: some StringProtocol) -> String {
        String(
            text.map { character in
                character.unicodeScalars.contains { $0.properties.generalCategory == .control || isBidirectional($0) }
                    ? " " : character
            })
    }

    private static func isBidirectional(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }

    private static func width(_ character: Character) -> Int {
        if character.isASCII { return 1 }
        var width = 0
        for scalar in character.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: continue
            default: width = max(width, wide.contains { $0.contains(scalar.value) } ? 2 : 1)
            }
        }
        return width
    }

    /// Blocks that Unicode's East Asian Width calls wide or full width, and the pictographs.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
        0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]
}
