import BlockingThreads
import Foundation
import JobQueue

/// A connection to Redis that comes back: a thread that takes commands from tasks and waits for their answers.
///
/// Commands that come together go together. When the connection breaks, the commands under way go once more over a new one; when
/// that can't be had, they and all that come until the next try throw at once: nothing is kept for later.
final class RedisConnection: Sendable {
    private let mailbox = Mailbox()

    /// Starts the thread; it connects when there is something to do.
    init(to address: RedisAddress) {
        let mailbox = mailbox
        NamedThread.start("redis") {
            var desk = RedisDesk(address: address, mailbox: mailbox)
            while let errands = mailbox.take() { desk.serve(errands) }
            desk.leave()
            mailbox.end()
        }
    }

    deinit { mailbox.close() }

    /// Carries out a command; `blocking` is how long Redis itself may let it wait.
    func run(_ command: RedisCommand, blocking: Duration = .zero) async throws(JobStoreError) -> RedisReply {
        let outcome = await withCheckedContinuation { continuation in
            mailbox.put(Errand(command: command, blocking: blocking) { continuation.resume(returning: $0) })
        }
        return try outcome.get()
    }

    /// Ends the thread; what is under way throws `unavailable`.
    func close() async {
        mailbox.close()
        await withCheckedContinuation { continuation in
            mailbox.whenEnded { continuation.resume() }
        }
    }
}

/// What the thread of a connection does.
private struct RedisDesk {
    let address: RedisAddress
    let mailbox: Mailbox
    var link: RedisLink?
    var backoff = Backoff()

    /// Answers every errand.
    mutating func serve(_ errands: [Errand]) {
        var open = errands[...]
        var mayHaveRun = false
        while !open.isEmpty {
            do {
                try attempt(&open, mayHaveRun: mayHaveRun)
            } catch .lost where !mayHaveRun && !mailbox.closed {
                mayHaveRun = true
            } catch {
                let failure = mailbox.closed ? JobStoreError.unavailable("it has been closed.") : error.storeError
                fail(open, with: failure)
                return
            }
        }
    }

    /// Sends `open` and removes from it what has been answered.
    private mutating func attempt(_ open: inout ArraySlice<Errand>, mayHaveRun: Bool) throws(LinkFailure) {
        guard let link = connected() else {
            for errand in open { errand.answer(.failure(.unavailable(backoff.reason))) }
            open = []
            return
        }
        let errands = Array(open)
        var answered = Set<Int>()
        var isStale = false
        defer { open = errands.indices.filter { !answered.contains($0) }.map { errands[$0] }[...] }
        do {
            let blocking = errands.map(\.blocking).max() ?? .zero
            try link.exchange(errands.map(\.command), mayHaveRun: mayHaveRun, blocking: blocking) { index, reply in
                answered.insert(index)
                guard case .failure(let text) = reply else { return errands[index].answer(.success(reply)) }
                isStale = isStale || RedisComplaint.endsConnection(text)
                errands[index].answer(.failure(RedisComplaint.error(for: text)))
            }
        } catch {
            self.link = nil
            throw error
        }
        if isStale { self.link = nil }
    }

    private mutating func connected() -> RedisLink? {
        if let link { return link }
        if backoff.holds(at: .now) { return nil }
        do {
            let link = try RedisLink(to: address, for: mailbox)
            backoff.succeed()
            self.link = link
            return link
        } catch {
            noteFailure(error)
            return nil
        }
    }

    private mutating func fail(_ errands: ArraySlice<Errand>, with error: JobStoreError) {
        noteFailure(error)
        for errand in errands { errand.answer(.failure(error)) }
    }

    private mutating func noteFailure(_ error: JobStoreError) {
        let reason = if case .unavailable(let reason) = error { reason } else { error.description }
        backoff.fail(reason, at: .now, luck: .random(in: 0...1))
    }

    /// Closes the connection.
    mutating func leave() { link = nil }
}
