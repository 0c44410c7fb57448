#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
import Synchronization

/// A terminal's second screen for as long as a test runs; the first one comes back with everything that was on it.
///
/// It reads no keys, so Ctrl-C stays a signal. `end` may be called twice and from anywhere.
package final class TerminalSession: Sendable {
    private let descriptor: Int32
    private let isOpen = Mutex(false)

    /// Nil where `descriptor` (standard output) is not a terminal that can move its cursor: then plain lines are the thing to print.
    package init?(descriptor: Int32 = 1, terminal: String?) {
        guard isatty(descriptor) == 1, let terminal, !terminal.isEmpty, terminal != "dumb" else { return nil }
        self.descriptor = descriptor
    }

    /// The terminal's current size; read for each frame, so that a resize is followed.
    package var size: LiveScreen.Size {
        var window = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0 else { return LiveScreen.Size(columns: 0, rows: 0) }
        return LiveScreen.Size(columns: Int(window.ws_col), rows: Int(window.ws_row))
    }

    /// Shows a frame; the first one switches to the second screen and hides the cursor.
    package func show(_ lines: [String]) {
        isOpen.withLock { isOpen in
            let opening = isOpen ? "" : "\u{1B}[?1049h\u{1B}[?25l"
            isOpen = true
            // Each line clears what is behind it: clearing the screen first would flicker.
            write(opening + "\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
        }
    }

    /// Gives the terminal back as it was.
    package func end() {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            isOpen = false
            write("\u{1B}[?25h\u{1B}[?1049l")
        }
    }

    deinit { end() }

    private func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { posixWrite($0) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func posixWrite(_ bytes: UnsafeRawBufferPointer) -> Int {
        while true {
            #if canImport(Glibc)
                let count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            #elseif canImport(Musl)
                let count = Musl.write(descriptor, bytes.baseAddress, bytes.count)
            #else
                let count = Darwin.write(descriptor, bytes.baseAddress, bytes.count)
            #endif
            if count >= 0 || errno != EINTR { return count }
        }
    }
}
