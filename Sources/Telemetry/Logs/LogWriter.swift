import BlockingThreads
import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes lines to a file descriptor from a thread of its own, each with one system call, so that the lines of several processes do not
/// mix in a shared pipe.
///
/// Logging never waits for the output. When its reader is too slow, lines beyond a limit are dropped, counted, and reported by a line.
package final class LogWriter: Sendable {
    /// The format of the lines.
    package let format: LogFormat
    private let buffer: Monitor<LogBuffer>

    /// Starts the thread. `capacity` is the maximum of waiting lines in bytes. The caller owns the descriptor and keeps it open until the
    /// lines are flushed.
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

    /// Enqueues a record. Returns at once.
    package func write(_ record: LogRecord) {
        // Formatted outside the lock, so that threads do it in parallel.
        let line = format.line(for: record)
        buffer.withLock { $0.append(line) }
        buffer.broadcast()
    }

    /// The number of records that did not reach the output.
    package var dropped: Int { buffer.withLock { $0.dropped } }

    /// Waits for at most `seconds` until all enqueued lines are written; false on timeout. Blocks the calling thread: meant for the end
    /// of the program.
    @discardableResult package func flush(within seconds: Double) -> Bool {
        buffer.wait(atMost: seconds) { $0.isEmpty ? true : nil } ?? false
    }

    private static func work(_ monitor: Monitor<LogBuffer>, to descriptor: Int32, format: LogFormat) {
        while true {
            let next = monitor.wait { buffer in
                let next = buffer.next()
                if next != .wait { return next }
                // All lines are written: wakes a thread in `flush`.
                monitor.broadcast()
                return nil
            }
            switch next {
            case .write(let line):
                if !write(line, to: descriptor) { monitor.withLock { $0.recordLoss() } }
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
            message: "log records were dropped because the reader of the log is too slow",
            metadata: ["dropped": .stringConvertible(count)])
    }

    /// Writes all of `line`; false when the output is closed or fails.
    private static func write(_ line: [UInt8], to descriptor: Int32) -> Bool {
        line.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = systemWrite(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
                if count > 0 {
                    written += count
                } else if errno == EAGAIN {
                    // Another process has made the shared descriptor non-blocking.
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

/// The system call `write`, which is shadowed by the methods of the writer.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

/// A queue of lines, bounded in bytes, for a writer that may be slow: a value without threads.
///
/// When the buffer is full, records are dropped until half of it is free; a notice takes their place in the order of lines.
package struct LogBuffer {
    /// What the writer is to do next.
    package enum Next: Equatable {
        /// Write this line.
        case write([UInt8])
        /// Write a notice that this many records were dropped.
        case report(dropped: Int)
        /// Wait for lines.
        case wait
        /// The buffer is closed and empty.
        case end
    }

    private enum Entry {
        case line([UInt8])
        case notice(Int)
    }

    private let capacity: Int
    // The first `head` entries have been written; they are removed when they make up half of the array.
    private var entries: [Entry?] = []
    private var head = 0
    private var bytes = 0
    private var unreported = 0
    private var isShedding = false
    private var isClosed = false
    private var isWriting = false
    /// The number of records that did not reach the output.
    package private(set) var dropped = 0

    /// Creates an empty buffer for `capacity` bytes of lines.
    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// Whether all enqueued lines have been written.
    package var isEmpty: Bool { !isWriting && head == entries.count && unreported == 0 }

    /// Enqueues a line, or drops it.
    package mutating func append(_ line: [UInt8]) {
        if isShedding, bytes <= capacity / 2 { isShedding = false }
        guard !isClosed, !isShedding, line.count <= capacity - bytes else {
            isShedding = !isClosed
            dropped += 1
            unreported += 1
            return
        }
        appendNotice()
        entries.append(.line(line))
        bytes += line.count
    }

    /// What to do after the line before has been written or lost.
    package mutating func next() -> Next {
        isWriting = false
        if head == entries.count { appendNotice() }
        guard head < entries.count, let entry = entries[head] else { return isClosed ? .end : .wait }
        entries[head] = nil
        head += 1
        if head * 2 > entries.count, head >= 64 || head == entries.count {
            entries.removeFirst(head)
            head = 0
        }
        isWriting = true
        switch entry {
        case .line(let line):
            bytes -= line.count
            return .write(line)
        case .notice(let count): return .report(dropped: count)
        }
    }

    /// The output failed to take a line.
    package mutating func recordLoss() { dropped += 1 }

    /// Enqueues no more lines; those in the buffer are still written.
    package mutating func close() { isClosed = true }

    private mutating func appendNotice() {
        guard unreported > 0 else { return }
        entries.append(.notice(unreported))
        unreported = 0
    }
}
