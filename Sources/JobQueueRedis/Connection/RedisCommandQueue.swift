import BlockingThreads
import Foundation
import JobQueue

/// A command on its way to a connection's thread, and the callback for its reply.
struct PendingCommand: Sendable {
    let command: RedisCommand
    /// How long Redis may block the command, beyond the time that every command has.
    let blocking: Duration
    let reply: @Sendable (Result<RedisReply, JobStoreError>) -> Void
}

/// The bounded queue between tasks and the thread of a connection.
final class RedisCommandQueue: Sendable {
    private struct State {
        var commands: [PendingCommand] = []
        var bytes = 0
        var isClosed = false
        var threadHasEnded = false
        var socket: Int32?
        var onThreadEnd: [@Sendable () -> Void] = []
    }

    // The thread takes commands at the pace of Redis; a longer queue means that Redis does not keep up.
    private static let mostCommands = 1_024
    private static let mostBytes = 256 << 20

    private let state = Monitor(State())

    /// Adds a command; fails it at once when the queue is full or closed.
    func add(_ command: PendingCommand) {
        let failure: String? = state.withLock { state in
            if state.isClosed { return "it has been closed." }
            let size = command.command.size
            guard state.commands.isEmpty || (state.commands.count < Self.mostCommands && state.bytes + size <= Self.mostBytes)
            else { return "Redis does not keep up; too many commands wait for it." }
            state.commands.append(command)
            state.bytes += size
            return nil
        }
        if let failure { command.reply(.failure(.unavailable(failure))) } else { state.signal() }
    }

    /// Waits for commands and takes all of them; nil when the queue is closed.
    func takeAll() -> [PendingCommand]? {
        state.wait { state -> [PendingCommand]?? in
            if state.isClosed { return .some(nil) }
            if state.commands.isEmpty { return nil }
            defer {
                state.commands = []
                state.bytes = 0
            }
            return state.commands
        }
    }

    /// Whether the queue is closed.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// The thread now blocks on this socket (nil: on none); closing the queue shuts it down.
    /// To be called with nil before the socket is closed: its number may belong to another file then.
    func setSocket(_ socket: Int32?) {
        state.withLock { state in
            state.socket = socket
            if let socket, state.isClosed { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// Fails the commands that wait, interrupts those under way, and accepts no more.
    func close() {
        let left = state.withLock { state in
            state.isClosed = true
            if let socket = state.socket { shutdown(socket, Int32(SHUT_RDWR)) }
            defer { state.commands = [] }
            return state.commands
        }
        state.broadcast()
        for command in left { command.reply(.failure(.unavailable("it has been closed."))) }
    }

    /// The thread has ended.
    func threadEnded() {
        let actions = state.withLock { state in
            state.threadHasEnded = true
            return state.onThreadEnd
        }
        for action in actions { action() }
    }

    /// Calls `action` when the thread has ended.
    func whenThreadEnded(_ action: @escaping @Sendable () -> Void) {
        let hasEnded = state.withLock { state in
            if !state.threadHasEnded { state.onThreadEnd.append(action) }
            return state.threadHasEnded
        }
        if hasEnded { action() }
    }
}
