package import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How log records look.
package enum LogFormat: String, Sendable, CaseIterable {
    /// `2026-01-31T09:15:00.250Z info sakuga request_id=8f3a…: POST /v1/stylize 200`, for people.
    case text
    /// One JSON object a line, for log collectors.
    case json

    /// The record as one line, its line break included. Whatever the record holds, there is no other line break in it and no control
    /// character, and it is bounded: long texts are cut, and a record with too much metadata loses it.
    package func line(for record: LogRecord) -> [UInt8] {
        let line = render(record)
        guard line.count > Self.longestLine else { return line }
        var bare = record
        bare.metadata = record.metadata.filter { LogRecord.ownFields.contains($0.key) }
        bare.metadata["log_note"] = "the metadata was too long and is left out"
        return render(bare)
    }

    /// Bytes of a line with metadata that is let through.
    private static let longestLine = 32 << 10

    private func render(_ record: LogRecord) -> [UInt8] {
        switch self {
        case .text: TextLogLine.render(record)
        case .json: JSONLogLine.render(record)
        }
    }
}

/// What one log line tells.
package struct LogRecord: Sendable {
    /// Metadata that identifies a request or its trace: fields of their own in JSON, first in text.
    package static let ownFields = ["request_id", "trace_id", "span_id"]

    /// Milliseconds since 1970.
    package var time: Int64
    /// How bad it is.
    package var level: Logger.Level
    /// The logger's name.
    package var logger: String
    /// What happened.
    package var message: String
    /// With what.
    package var metadata: Logger.Metadata

    /// Makes a record.
    package init(time: Int64, level: Logger.Level, logger: String, message: String, metadata: Logger.Metadata = [:]) {
        self.time = time
        self.level = level
        self.logger = logger
        self.message = message
        self.metadata = metadata
    }

    /// The metadata in the order in which lines have them: the own fields, then the others by name.
    var ordered: [(key: String, value: Logger.MetadataValue)] {
        let own = Self.ownFields.compactMap { key in metadata[key].map { (key: key, value: $0) } }
        return own + others
    }

    /// The metadata that has no field of its own, by name.
    var others: [(key: String, value: Logger.MetadataValue)] {
        metadata.filter { !Self.ownFields.contains($0.key) }.sorted { $0.key < $1.key }
    }
}

/// Times as log lines have them.
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
