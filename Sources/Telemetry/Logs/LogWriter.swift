import BlockingThreads
import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes lines to a file descriptor from a thread of its own, each with one call of the system, so that lines of several processes on
/// one pipe do not mix.
///
/// Whoever logs never waits for the output: what its reader is too slow for is dropped beyond a bound, counted, and reported by a line.
package final class LogWriter: Sendable {
    /// How records become lines.
    package let format: LogFormat
    private let buffer: Monitor<LogBuffer>

    /// Starts the thread. `capacity` bounds the bytes of the lines that wait. The descriptor stays the caller's and must stay
    /// open until the lines are flushed.
    package init(format: LogFormat, fileDescriptor: Int32 = STDERR_FILENO, capacity: Int = 1 << 20) {
        self.format = format
        let buffer = Monitor(LogBuffer(capacity: capacity))
        self.buffer = buffer
        NamedThread.start("log") { Self.work(buffer, to: fileDescriptor, format: format) }
    }

    deinit {
        buffer.withLock { $0.close() }
        buffer.broadcast()
    }

    /// Takes a record, to be written after those taken before. Returns at once.
    package func write(_ record: LogRecord) {
        // Made into text here, outside the lock: several threads do it at the same time.
        let line = format.line(for: record)
        buffer.withLock { $0.append(line) }
        buffer.broadcast()
    }

    /// Records that never reached the output.
    package var dropped: Int { buffer.withLock { $0.dropped } }

    /// Waits until what was taken is written, at most `seconds`; false when the time was too short. It blocks its thread: for the
    /// end of the program.
    @discardableResult package func flush(within seconds: Double) -> Bool {
        buffer.wait(atMost: seconds) { $0.isEmpty ? true : nil } ?? false
    }

    private static func work(_ monitor: Monitor<LogBuffer>, to descriptor: Int32, format: LogFormat) {
        while true {
            let next = monitor.wait { buffer in
                let next = buffer.next()
                if next != .wait { return next }
                // All is written: whoever flushes wants to know.
                monitor.broadcast()
                return nil
            }
            switch next {
            case .write(let line):
                if !write(line, to: descriptor) { monitor.withLock { $0.lose() } }
            case .report(let count):
                _ = write(format.line(for: notice(count)), to: descriptor)
            case .wait: continue
            case .end: return
            }
        }
    }

    private static func notice(_ count: Int) -> LogRecord {
        LogRecord(
            time: LogTime.now(), level: .warning, logger: "sakuga",
            message: "log records were dropped, because the log's reader is too slow",
            metadata: ["dropped": .stringConvertible(count)])
    }

    /// Writes all of `line`; false when the output is closed or broken.
    private static func write(_ line: [UInt8], to descriptor: Int32) -> Bool {
        line.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = systemWrite(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
                if count > 0 {
                    written += count
                } else if errno == EAGAIN {
                    // Somebody made the descriptor non-blocking; the thread has time.
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&ready, 1, 1_000)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}

/// The system's `write`, whose name the writer's own methods hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
