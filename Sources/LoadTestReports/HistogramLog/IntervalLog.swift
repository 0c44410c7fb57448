package import Foundation

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
    package static let mostBytes = 256 << 20

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
