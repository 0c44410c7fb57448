import Foundation

extension IntervalLog {
    /// Reads a log, ours or another program's; lines that it doesn't know but that are comments are passed over.
    ///
    /// Throws `IntervalLogError` that names the line.
    package init(reading text: String) throws(IntervalLogError) {
        guard text.utf8.count <= Self.mostBytes else { throw .tooLarge(bytes: text.utf8.count, limit: Self.mostBytes) }
        var times = Times()
        var intervals: [Interval] = []
        // A carriage return and a line feed are one newline.
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if line.hasPrefix("#") {
                times.take(comment: line)
            } else if !line.isEmpty, !line.hasPrefix("\"") {
                intervals.append(try Self.interval(line, number: index + 1))
            }
        }
        self.init(started: Date(timeIntervalSince1970: times.base ?? times.start ?? 0), intervals: intervals)
        // Some writers give moments since 1970 and no base: then the log's start is theirs.
        if times.base == nil, let start = times.start {
            for index in self.intervals.indices where self.intervals[index].start > 1e8 { self.intervals[index].start -= start }
        }
    }

    private struct Times {
        var base: Double?
        var start: Double?

        mutating func take(comment: Substring) {
            func seconds(after name: String) -> Double? {
                guard comment.hasPrefix("#[\(name): ") else { return nil }
                return Double(comment.dropFirst(name.count + 4).prefix { $0 != " " })
            }
            base = seconds(after: "BaseTime") ?? base
            start = seconds(after: "StartTime") ?? start
        }
    }

    private static func interval(_ line: Substring, number: Int) throws(IntervalLogError) -> Interval {
        var fields = line.split(separator: ",", omittingEmptySubsequences: false)
        var tag: String?
        if let first = fields.first, first.hasPrefix("Tag=") {
            tag = String(first.dropFirst(4))
            fields.removeFirst()
        }
        guard fields.count == 4 else { throw .line(number, "it has \(fields.count) fields where 4 are wanted") }
        guard let start = Double(fields[0]), let seconds = Double(fields[1]), start.isFinite, seconds.isFinite, seconds >= 0
        else {
            throw .line(number, "its times are no numbers")
        }
        do {
            return Interval(tag: tag, start: start, seconds: seconds, counts: try BucketCounts(encoded: fields[3]))
        } catch .damaged(let what) {
            throw .line(number, what)
        }
    }
}
