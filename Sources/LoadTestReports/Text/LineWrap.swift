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
