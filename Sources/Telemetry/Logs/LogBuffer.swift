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
