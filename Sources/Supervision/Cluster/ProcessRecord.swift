import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A process as a cluster's pid file names it: by its number and its start time, so that a later process with the same number is not
/// mistaken for it.
package struct ProcessRecord: Sendable, Equatable {
    /// The process number.
    package let pid: Int32
    /// When it started, in clock ticks since boot; 0 where the system does not tell.
    package let started: UInt64

    /// The process that has the number now; nil when there is none.
    package init?(pid: Int32) {
        guard pid > 0, let started = Self.startTime(pid) else { return nil }
        self.pid = pid
        self.started = started
    }

    /// Reads the text of a pid file; nil when it is damaged.
    package init?(text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let pid = Int32(words[0]), pid > 0, let started = UInt64(words[1]) else { return nil }
        self.pid = pid
        self.started = started
    }

    /// The text of its pid file.
    package var text: String { "\(pid) \(started)\n" }

    /// Whether this very process is running. A zombie is not.
    package var isRunning: Bool { Self.startTime(pid) == started }

    /// Sends a signal if the process is running.
    package func send(_ signal: Int32) {
        if isRunning { kill(pid, signal) }
    }

    private static func startTime(_ pid: Int32) -> UInt64? {
        #if os(Linux)
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let end = stat.lastIndex(of: ")")
            else { return nil }
            // Behind the name the state is the first field, the start time the 20th.
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
            return UInt64(fields[19])
        #else
            return kill(pid, 0) == 0 || errno == EPERM ? 0 : nil
        #endif
    }
}
