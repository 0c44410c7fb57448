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
        startLogThread { Self.work(buffer, to: fileDescriptor, format: format) }
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

/// Lines on their way to a writer that may be slow, bounded in bytes: the decisions as a value, without threads.
///
/// When the buffer is full, records are dropped until half of it is free, and then a notice takes their place in the order of lines.
package struct LogBuffer {
    /// What the writer is to do next.
    package enum Next: Equatable {
        /// Write this line.
        case write([UInt8])
        /// Say that so many records were dropped.
        case report(dropped: Int)
        /// There is nothing to write now.
        case wait
        /// There never will be.
        case end
    }

    private enum Entry {
        case line([UInt8])
        case notice(Int)
    }

    private let capacity: Int
    // The first `head` entries are gone; they are cut off when they are half of the array.
    private var entries: [Entry?] = []
    private var head = 0
    private var bytes = 0
    private var unreported = 0
    private var isShedding = false
    private var isClosed = false
    private var isWriting = false
    /// Records that never reached the output.
    package private(set) var dropped = 0

    /// An empty buffer for lines of `capacity` bytes in all.
    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// Whether everything that was taken has been written.
    package var isEmpty: Bool { !isWriting && head == entries.count && unreported == 0 }

    /// Takes a line, or drops it.
    package mutating func append(_ line: [UInt8]) {
        if isShedding, bytes <= capacity / 2 { isShedding = false }
        guard !isClosed, !isShedding, line.count <= capacity - bytes else {
            isShedding = !isClosed
            dropped += 1
            unreported += 1
            return
        }
        reportDropped()
        entries.append(.line(line))
        bytes += line.count
    }

    /// The line before was written (or was lost).
    package mutating func next() -> Next {
        isWriting = false
        if head == entries.count { reportDropped() }
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

    /// The output did not take a line.
    package mutating func lose() { dropped += 1 }

    /// No more lines are taken; those that were will still be written.
    package mutating func close() { isClosed = true }

    private mutating func reportDropped() {
        guard unreported > 0 else { return }
        entries.append(.notice(unreported))
        unreported = 0
    }
}
