/// Long lines cut at spaces, with the indent of the line they come from.
enum LineWrap {
    static func wrapped(_ line: String, to width: Int) -> [String] {
        guard width >= 20, DisplayWidth.of(line) > width else { return [line] }
        let indent = String(line.prefix { $0 == " " })
        var lines: [String] = [], current = ""
        for word in line.dropFirst(indent.count).split(separator: " ") {
            let candidate = current.isEmpty ? indent + word : current + " " + word
            if DisplayWidth.of(candidate) <= width || current.isEmpty {
                current = candidate
            } else {
                lines.append(current)
                current = indent + "  " + word
            }
        }
        return lines + [current]
    }
}
