package import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The format of log lines.
package enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-01-31T09:15:00.250Z info sakuga request_id=8f3a…: POST /v1/stylize 200`, for people.
    case text
    /// One JSON object a line, for log collectors.
    case json

    /// The record as one line with its line break. Whatever the record contains, the line has no other line break and no control
    /// character, and its length is bounded: long texts are truncated, and excessive metadata is left out.
    package func line(for record: LogRecord) -> [UInt8] {
        let line = render(record)
        guard line.count > Self.longestLine else { return line }
        var bare = record
        bare.metadata = record.metadata.filter { LogRecord.topLevelFields.contains($0.key) }
        bare.metadata["log_note"] = "the metadata was too long and is left out"
        return render(bare)
    }

    /// The longest line with all its metadata, in bytes.
    private static let longestLine = 32 << 10

    private func render(_ record: LogRecord) -> [UInt8] {
        switch self {
        case .text: TextLogLine.render(record)
        case .json: JSONLogLine.render(record)
        }
    }
}

/// The contents of one log line.
package struct LogRecord: Sendable {
    /// Metadata that identifies a request or its trace: top-level fields in JSON, first in text.
    package static let topLevelFields = ["request_id", "trace_id", "span_id"]

    /// Milliseconds since 1970.
    package var time: Int64
    /// The log level.
    package var level: Logger.Level
    /// The logger's name.
    package var logger: String
    /// The message.
    package var message: String
    /// The metadata.
    package var metadata: Logger.Metadata

    /// Creates a record.
    package init(time: Int64, level: Logger.Level, logger: String, message: String, metadata: Logger.Metadata = [:]) {
        self.time = time
        self.level = level
        self.logger = logger
        self.message = message
        self.metadata = metadata
    }

    /// The metadata in the order of a line: the top-level fields, then the others by name.
    var ordered: [(key: String, value: Logger.MetadataValue)] {
        let first = Self.topLevelFields.compactMap { key in metadata[key].map { (key: key, value: $0) } }
        return first + others
    }

    /// The metadata without a top-level field, by name.
    var others: [(key: String, value: Logger.MetadataValue)] {
        metadata.filter { !Self.topLevelFields.contains($0.key) }.sorted { $0.key < $1.key }
    }
}

/// Timestamps of log lines.
enum LogTime {
    /// Milliseconds since 1970.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// RFC 3339 in UTC: `2026-01-31T09:15:00.250Z`.
    static func text(_ milliseconds: Int64) -> String {
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
        // Before 1970 the remainder is below 0.
        var time = time_t(rest < 0 ? seconds - 1 : seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        let date = "\(digits(Int(parts.tm_year) + 1_900, 4))-\(digits(Int(parts.tm_mon) + 1, 2))-\(digits(Int(parts.tm_mday), 2))"
        let hour = "\(digits(Int(parts.tm_hour), 2)):\(digits(Int(parts.tm_min), 2)):\(digits(Int(parts.tm_sec), 2))"
        return "\(date)T\(hour).\(digits(Int(rest < 0 ? rest + 1_000 : rest), 3))Z"
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
}
