import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A process as a pid file names it: its number and when it began, so that a number that was given to another process since then is
/// not taken for it.
package struct ProcessRecord: Sendable, Equatable {
    /// The process' number.
    package let pid: Int32
    /// When it began, in the system's ticks since boot; 0 where the system does not say.
    package let began: UInt64

    /// The process that has this number now; nil when there is none.
    package init?(pid: Int32) {
        guard pid > 0, let began = Self.began(pid) else { return nil }
        self.pid = pid
        self.began = began
    }

    /// From a pid file's text; nil when it is none.
    package init?(text: String) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let pid = Int32(words[0]), pid > 0, let began = UInt64(words[1]) else { return nil }
        self.pid = pid
        self.began = began
    }

    /// The text of its pid file.
    package var text: String { "\(pid) \(began)\n" }

    /// Whether this process, and not a later one with its number, is still there. One that has ended and was not collected is gone.
    package var isRunning: Bool { Self.began(pid) == began }

    /// Sends a signal, unless it is gone.
    package func send(_ signal: Int32) {
        if isRunning { kill(pid, signal) }
    }

    private static func began(_ pid: Int32) -> UInt64? {
        #if os(Linux)
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let end = stat.lastIndex(of: ")")
            else { return nil }
            // After the name: the state is the first field, the start the 20th.
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
            return UInt64(fields[19])
        #else
            return kill(pid, 0) == 0 || errno == EPERM ? 0 : nil
        #endif
    }
}
