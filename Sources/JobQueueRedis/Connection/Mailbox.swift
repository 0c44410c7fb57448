import Foundation
import JobQueue

/// A command on its way to a connection's thread, and who waits for the answer.
struct Errand: Sendable {
    let command: RedisCommand
    /// How long Redis may take before it answers, beyond what every command is given.
    let blocking: Duration
    let answer: @Sendable (Result<RedisReply, JobStoreError>) -> Void
}

/// Where tasks leave errands for a connection's thread.
///
/// Invariant behind `@unchecked Sendable`: the variables are touched only while `condition` is locked.
final class Mailbox: @unchecked Sendable {
    // Errands wait for a thread that takes them at the pace of Redis; more than this means that Redis does not keep up.
    private static let mostErrands = 1_024
    private static let mostBytes = 256 << 20

    private let condition = NSCondition()
    private var errands: [Errand] = []
    private var bytes = 0
    private var isClosed = false
    private var hasEnded = false
    private var socket: Int32?
    private var onEnd: [@Sendable () -> Void] = []

    /// Leaves an errand; answers it at once when there is no room or nobody comes any more.
    func put(_ errand: Errand) {
        let refusal: String? = condition.withLock {
            if isClosed { return "it has been closed." }
            let size = errand.command.size
            guard errands.isEmpty || (errands.count < Self.mostErrands && bytes + size <= Self.mostBytes) else {
                return "Redis does not keep up; too many commands wait for it."
            }
            errands.append(errand)
            bytes += size
            condition.signal()
            return nil
        }
        if let refusal { errand.answer(.failure(.unavailable(refusal))) }
    }

    /// Waits for errands; nil when the mailbox is closed.
    func take() -> [Errand]? {
        condition.withLock {
            while errands.isEmpty && !isClosed { condition.wait() }
            if isClosed { return nil }
            defer {
                errands = []
                bytes = 0
            }
            return errands
        }
    }

    var closed: Bool { condition.withLock { isClosed } }

    /// The thread reads from this socket now (nil: from none), so closing the mailbox must interrupt it.
    /// Called with nil before the socket is closed: its number may belong to another file then.
    func reading(from socket: Int32?) {
        condition.withLock {
            self.socket = socket
            if let socket, isClosed { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// No more errands; those that wait are answered, what runs is interrupted.
    func close() {
        let left: [Errand] = condition.withLock {
            isClosed = true
            if let socket { shutdown(socket, Int32(SHUT_RDWR)) }
            condition.broadcast()
            defer { errands = [] }
            return errands
        }
        for errand in left { errand.answer(.failure(.unavailable("it has been closed."))) }
    }

    /// The thread has ended.
    func end() {
        let actions = condition.withLock {
            hasEnded = true
            return onEnd
        }
        for action in actions { action() }
    }

    /// Runs `action` when the thread has ended.
    func whenEnded(_ action: @escaping @Sendable () -> Void) {
        let isOver = condition.withLock {
            if !hasEnded { onEnd.append(action) }
            return hasEnded
        }
        if isOver { action() }
    }
}
