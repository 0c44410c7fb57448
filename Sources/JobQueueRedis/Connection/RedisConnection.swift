import BlockingThreads
import Foundation
import JobQueue
import RetryBackoff

/// A connection to Redis that reconnects: a thread takes commands from tasks and waits for their replies.
///
/// Commands that arrive together are sent together. When the connection breaks, the commands under way are sent once more over a new
/// one. Where that cannot be had, they fail, and so do all that arrive before the next attempt: nothing is buffered.
final class RedisConnection: Sendable {
    private let queue = RedisCommandQueue()

    /// Starts the thread; it connects for its first command.
    init(to address: RedisAddress) {
        let queue = queue
        NamedThread.start("redis") {
            var loop = RedisCommandLoop(address: address, queue: queue)
            while let commands = queue.takeAll() { loop.run(commands) }
            loop.disconnect()
            queue.threadEnded()
        }
    }

    deinit { queue.close() }

    /// Runs a command; `blocking` is how long Redis itself may block it.
    func run(_ command: RedisCommand, blocking: Duration = .zero) async throws(JobStoreError) -> RedisReply {
        let outcome = await withCheckedContinuation { continuation in
            queue.add(PendingCommand(command: command, blocking: blocking) { continuation.resume(returning: $0) })
        }
        return try outcome.get()
    }

    /// Ends the thread; commands under way throw `unavailable`.
    func close() async {
        queue.close()
        await withCheckedContinuation { continuation in
            queue.whenThreadEnded { continuation.resume() }
        }
    }
}

/// What the thread of a connection runs.
private struct RedisCommandLoop {
    let address: RedisAddress
    let queue: RedisCommandQueue
    var link: RedisLink?
    var backoff = Backoff(initial: .milliseconds(50), maximum: .seconds(2), jitter: 0.5...1)
    /// When the next connection may be tried, and why the last one failed.
    var nextAttempt: ContinuousClock.Instant?
    var lastFailure = ""

    init(address: RedisAddress, queue: RedisCommandQueue) {
        self.address = address
        self.queue = queue
    }

    /// Replies to every command.
    mutating func run(_ commands: [PendingCommand]) {
        var open = commands
        var mayHaveRun = false
        while !open.isEmpty {
            do {
                try attempt(&open, mayHaveRun: mayHaveRun)
            } catch .lost where !mayHaveRun && !queue.isClosed {
                mayHaveRun = true
            } catch {
                return fail(open, with: queue.isClosed ? JobStoreError.unavailable("it has been closed.") : error.storeError)
            }
        }
    }

    mutating func disconnect() { link = nil }

    /// Sends `open` and removes the commands that have a reply.
    private mutating func attempt(_ open: inout [PendingCommand], mayHaveRun: Bool) throws(LinkFailure) {
        guard let link = connected() else {
            for command in open { command.reply(.failure(.unavailable(lastFailure))) }
            open = []
            return
        }
        let commands = open
        var replied = Set<Int>()
        var isStale = false
        defer { open = commands.indices.filter { !replied.contains($0) }.map { commands[$0] } }
        do {
            let blocking = commands.map(\.blocking).max() ?? .zero
            try link.exchange(commands.map(\.command), mayHaveRun: mayHaveRun, blocking: blocking) { index, reply in
                replied.insert(index)
                guard case .failure(let text) = reply else { return commands[index].reply(.success(reply)) }
                isStale = isStale || RedisServerError.endsConnection(text)
                commands[index].reply(.failure(RedisServerError.storeError(for: text)))
            }
        } catch {
            self.link = nil
            throw error
        }
        if isStale { self.link = nil }
    }

    private mutating func connected() -> RedisLink? {
        if let link { return link }
        if let nextAttempt, .now < nextAttempt { return nil }
        do {
            let link = try RedisLink(to: address, for: queue)
            backoff.reset()
            nextAttempt = nil
            self.link = link
            return link
        } catch {
            note(error)
            return nil
        }
    }

    private mutating func fail(_ commands: [PendingCommand], with error: JobStoreError) {
        note(error)
        for command in commands { command.reply(.failure(error)) }
    }

    private mutating func note(_ error: JobStoreError) {
        lastFailure = if case .unavailable(let reason) = error { reason } else { error.description }
        nextAttempt = .now + backoff.nextDelay()
    }
}
