import Foundation
import Synchronization

/// The progress of a download, on standard error: a bar that is redrawn on a terminal, elsewhere a line for each tenth.
package final class DownloadProgress: Sendable {
    /// How far a download is, in bytes.
    package struct Amount: Sendable, Equatable {
        /// Bytes on the disk.
        package var received: Int
        /// Bytes of the whole file; nil when the server does not tell.
        package var total: Int?
        /// Bytes that an earlier, interrupted download has left.
        package var resumedFrom: Int

        package init(received: Int, total: Int?, resumedFrom: Int) {
            self.received = received
            self.total = total
            self.resumedFrom = resumedFrom
        }
    }

    private struct State {
        var lastDrawn: ContinuousClock.Instant?
        var lastTenth = -1
        var isLineOpen = false
    }

    private let name: String
    private let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    /// - Parameter name: what is downloaded.
    package init(name: String) { self.name = name }

    /// Shows how far the download is.
    package func show(_ amount: Amount) {
        let now = ContinuousClock.now
        state.withLock { state in
            if isTerminal {
                // Ten times a second is as fast as anyone reads.
                if let last = state.lastDrawn, now - last < .milliseconds(100), amount.received != amount.total { return }
                state.lastDrawn = now
                state.isLineOpen = true
                write("\r\(Self.bar(name, amount, seconds: (now - start) / .seconds(1)))\u{1B}[K")
            } else {
                let tenth = amount.total.map { 10 * amount.received / max(1, $0) } ?? amount.received >> 20
                guard tenth > state.lastTenth else { return }
                state.lastTenth = tenth
                write("\(name): \(Self.text(amount))\n")
            }
        }
    }

    /// Ends the bar's line and prints a message.
    package func say(_ message: String) {
        finish()
        write("\(name): \(message)\n")
    }

    /// Ends the bar's line, so that the next output begins a new one.
    package func finish() {
        state.withLock { state in
            if state.isLineOpen { write("\n") }
            state.isLineOpen = false
        }
    }

    /// For example `paprika [======     ] 3.4 of 8.6 MB, 1.2 MB/s, 5 s left`.
    package static func bar(_ name: String, _ amount: Amount, seconds: Double) -> String {
        let rate = seconds > 0 ? Double(amount.received - amount.resumedFrom) / seconds : 0
        var line = name
        if let total = amount.total, total > 0 {
            let filled = 30 * amount.received / total
            line += " [\(String(repeating: "=", count: filled))\(String(repeating: " ", count: max(0, 30 - filled)))]"
        }
        line += " \(text(amount)), \(megabytes(rate)) MB/s"
        if let total = amount.total, rate > 0 {
            line += ", \(Int((Double(total - amount.received) / rate).rounded(.up))) s left"
        }
        return line
    }

    /// For example `3.4 of 8.6 MB`.
    static func text(_ amount: Amount) -> String {
        let total = amount.total.map { " of \(megabytes(Double($0)))" } ?? ""
        return "\(megabytes(Double(amount.received)))\(total) MB"
    }

    private static func megabytes(_ bytes: Double) -> String { String(format: "%.1f", bytes / 1e6) }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
