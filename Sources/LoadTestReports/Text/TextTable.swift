/// A table for people's eyes in a terminal: columns as wide as what is in them.
struct TextTable {
    /// What stands above a column and on which side its cells stand.
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
