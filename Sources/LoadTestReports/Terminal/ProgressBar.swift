/// How far a test is, as a bar with the time that is left.
enum ProgressBar {
    private static let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// A line of exactly `width` columns; seconds done and left.
    static func line(done: Double, left: Double, width: Int) -> String {
        let all = done + left
        let share = all > 0 ? min(1, max(0, done / all)) : 0
        let words = DisplayWidth.pad("\(Int(share * 100))%  \(Figure.clock(left)) left", to: 18, isRight: true)
        let room = width - words.count - 1
        guard room >= 8 else { return DisplayWidth.cut(words, to: width) }
        let eighths = Int(share * Double(room) * 8)
        let bar = String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
        return DisplayWidth.pad(bar, to: room) + " " + words
    }
}
