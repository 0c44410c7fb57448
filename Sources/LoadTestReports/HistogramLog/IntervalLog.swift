package import Foundation
package import LatencyHistograms
package import LoadTesting

/// Latencies interval by interval, in the log format of HdrHistogram (1.3), which its own tools and libraries read.
///
/// Values are microseconds. `sakuga loadtest merge` adds the logs of several generators: histograms can be added, percentiles cannot.
package struct IntervalLog: Sendable, Equatable {
    /// The latencies of one interval.
    package struct Interval: Sendable, Equatable {
        /// What was measured, such as `service`; no commas, no spaces. Nil without a tag.
        package var tag: String?
        /// Seconds since the log's start.
        package var start: Double
        /// How long it was, in seconds.
        package var seconds: Double
        /// Latencies in microseconds.
        package var counts: BucketCounts

        /// Makes an interval.
        package init(tag: String?, start: Double, seconds: Double, counts: BucketCounts) {
            self.tag = tag
            self.start = start
            self.seconds = seconds
            self.counts = counts
        }
    }

    /// When the run began; the intervals' times count from here.
    package var started: Date
    /// In the order in which they were logged.
    package var intervals: [Interval]

    /// Logs with more bytes are not read.
    package static let maximumBytes = 256 << 20

    /// Makes a log.
    package init(started: Date, intervals: [Interval]) {
        self.started = started
        self.intervals = intervals
    }

    /// The log's text, ASCII, lines ending in `\n`.
    ///
    /// Throws when a histogram's range makes no sense.
    package func text() throws(IntervalLogError) -> String {
        let base = Self.decimals(started.timeIntervalSince1970)
        var text = """
            #[Histogram log format version 1.3]
            #[Latencies in microseconds, Interval_Max in milliseconds]
            #[BaseTime: \(base) (seconds since epoch)]
            #[StartTime: \(base) (seconds since epoch), \(started.formatted(.iso8601))]
            "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"

            """
        for interval in intervals {
            if let tag = interval.tag { text += "Tag=\(Self.word(tag))," }
            let largest = Double(interval.counts.buckets.last?.value ?? 0) / 1000
            let figures = [interval.start, interval.seconds, largest].map(Self.decimals).joined(separator: ",")
            text += "\(figures),\(try interval.counts.encoded())\n"
        }
        return text
    }

    private static func word(_ tag: String) -> String {
        String(tag.map { $0 == "," || $0.isWhitespace ? "_" : $0 })
    }

    private static func decimals(_ value: Double) -> String {
        value.formatted(.number.precision(.fractionLength(3)).grouping(.never).locale(Locale(identifier: "en_US_POSIX")))
    }
}

extension IntervalLog {
    /// The tag of latencies from the real start of a request.
    package static let serviceTag = "service"
    /// The tag of latencies from the start that was intended, or corrected.
    package static let correctedTag = "corrected"

    /// A run's latencies, for each step one interval of each tag.
    package init(_ summary: LoadTestSummary) {
        let intervals = summary.steps.flatMap { step in
            let start = step.started.timeIntervalSince(summary.started)
            return [(Self.serviceTag, step.histogram), (Self.correctedTag, step.correctedHistogram)].map { tag, histogram in
                Interval(tag: tag, start: start, seconds: step.seconds, counts: BucketCounts(histogram))
            }
        }
        self.init(started: summary.started, intervals: intervals)
    }
}

extension BucketCounts {
    /// What a histogram has counted, in microseconds.
    package init(_ histogram: LatencyHistogram) {
        self.init(
            lowest: 1, highest: LatencyHistogram.longest, digits: 3,
            buckets: histogram.buckets.map { Bucket(value: $0.lowest, count: $0.count) })
    }
}

extension LatencyHistogram {
    /// A histogram of a log's counts, with the middle of each bucket in microseconds.
    ///
    /// Counts and percentiles are those of the log to within a bucket; the mean is one of the buckets.
    package init(_ counts: BucketCounts) {
        self.init()
        let layout = BucketLayout(lowest: counts.lowest, highest: counts.highest, digits: counts.digits)
        for bucket in counts.buckets where bucket.count < 1 << 48 {
            let next = layout.map { $0.lowestValue(at: $0.index(of: bucket.value) + 1) } ?? bucket.value + 1
            record(bucket.value + (max(next, bucket.value + 1) - bucket.value - 1) / 2, times: bucket.count)
        }
    }
}

extension IntervalLog {
    /// Reads a log, ours or another program's; lines that it doesn't know but that are comments are passed over.
    ///
    /// Throws `IntervalLogError` that names the line.
    package init(reading text: String) throws(IntervalLogError) {
        guard text.utf8.count <= Self.maximumBytes else { throw .tooLarge(bytes: text.utf8.count, limit: Self.maximumBytes) }
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

/// Why a histogram log can't be read.
package enum IntervalLogError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A histogram in it is not whole, or of another format.
    case damaged(String)
    /// A line is not what a log has there; lines count from 1.
    case line(Int, String)
    /// It is larger than any that this program writes.
    case tooLarge(bytes: Int, limit: Int)

    package var description: String {
        switch self {
        case .damaged(let what):
            "The HdrHistogram log is damaged: \(what). Copy the file again from its source."
        case .line(let number, let what):
            "Line \(number) of the HdrHistogram log cannot be read: \(what). Copy the file again from its source."
        case .tooLarge(let bytes, let limit):
            "The HdrHistogram log has \(bytes) bytes, more than the limit of \(limit). Give one run's log."
        }
    }
}
