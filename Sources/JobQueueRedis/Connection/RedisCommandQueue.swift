import Foundation
import JobQueue

/// A command on its way to a connection's thread, and who waits for the reply.
struct PendingCommand: Sendable {
    let command: RedisCommand
    /// How long Redis may block the command, beyond the time that every command has.
    let blocking: Duration
    let reply: @Sendable (Result<RedisReply, JobStoreError>) -> Void
}

/// The bounded queue between tasks and the thread of a connection.
///
/// Invariant behind `@unchecked Sendable`: the variables are accessed only while `condition` is locked.
final class RedisCommandQueue: @unchecked Sendable {
    // The thread takes commands at the pace of Redis; a longer queue means that Redis does not keep up.
    private static let mostCommands = 1_024
    private static let mostBytes = 256 << 20

    private let condition = NSCondition()
    private var commands: [PendingCommand] = []
    private var bytes = 0
    private var closed = false
    private var hasEnded = false
    private var socket: Int32?
    private var onEnd: [@Sendable () -> Void] = []

    /// Adds a command; fails it at once when the queue is full or closed.
    func add(_ command: PendingCommand) {
        let failure: String? = condition.withLock {
            if closed { return "it has been closed." }
            let size = command.command.size
            guard commands.isEmpty || (commands.count < Self.mostCommands && bytes + size <= Self.mostBytes) else {
                return "Redis does not keep up; too many commands wait for it."
            }
            commands.append(command)
            bytes += size
            condition.signal()
            return nil
        }
        if let failure { command.reply(.failure(.unavailable(failure))) }
    }

    /// Waits for commands and takes all of them; nil when the queue is closed.
    func takeAll() -> [PendingCommand]? {
        condition.withLock {
            while commands.isEmpty && !closed { condition.wait() }
            if closed { return nil }
            defer {
                commands = []
                bytes = 0
            }
            return commands
        }
    }

    /// Whether the queue is closed.
    var isClosed: Bool { condition.withLock { closed } }

    /// The thread now blocks on this socket (nil: on none); closing the queue shuts it down.
    /// To be called with nil before the socket is closed: its number may belong to another file then.
    func setSocket(_ socket: Int32?) {
        condition.withLock {
            self.socket = socket
            if let socket, closed { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// Fails the commands that wait, interrupts those under way, and accepts no more.
    func close() {
        let left: [PendingCommand] = condition.withLock {
            closed = true
            if let socket { shutdown(socket, Int32(SHUT_RDWR)) }
            condition.broadcast()
            defer { commands = [] }
            return commands
        }
        for command in left { command.reply(.failure(.unavailable("it has been closed."))) }
    }

    /// The thread has ended.
    func threadEnded() {
        let actions = condition.withLock {
            hasEnded = true
            return onEnd
        }
        for action in actions { action() }
    }

    /// Calls `action` when the thread has ended.
    func whenThreadEnded(_ action: @escaping @Sendable () -> Void) {
        let isOver = condition.withLock {
            if !hasEnded { onEnd.append(action) }
            return hasEnded
        }
        if isOver { action() }
    }
}
