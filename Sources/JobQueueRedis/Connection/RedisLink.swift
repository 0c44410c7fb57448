import CHiredis
import Foundation
import JobQueue

/// Why a connection has failed.
enum LinkFailure: Error {
    /// It is broken; a new one may work.
    case lost(String)
    /// Redis did not reply in time.
    case timedOut
}

/// One connection to Redis, by hiredis. It belongs to the thread that made it and blocks that thread while it waits.
final class RedisLink {
    /// The timeout of connecting.
    static let connectTimeout: Duration = .seconds(1)
    /// The timeout of sending a command and of its reply.
    static let replyTimeout: Duration = .seconds(2)

    private let context: UnsafeMutablePointer<redisContext>
    private let bridge: TLSBridge?
    private let queue: RedisCommandQueue
    private var hasReplied = false
    /// The digests of the scripts that have been loaded on this connection.
    private var digests: [RedisScript: [UInt8]] = [:]

    /// Connects, authenticates and selects the database.
    init(to address: RedisAddress, for queue: RedisCommandQueue) throws(JobStoreError) {
        self.queue = queue
        bridge = address.usesTLS ? try TLSBridge(to: address) : nil
        let context =
            bridge.map { redisConnectFd($0.socket) }
            ?? redisConnectWithTimeout(address.host, Int32(address.port), interval(of: Self.connectTimeout))
        guard let context else { throw .unavailable("there is no memory for a connection to Redis.") }
        self.context = context
        if context.pointee.err != 0 { throw .unavailable("no connection to \(address): \(lastError).") }
        queue.setSocket(context.pointee.fd)
        setTimeout(.zero)
        if !address.usesTLS { redisEnableKeepAlive(context) }
        try authenticate(at: address)
    }

    deinit {
        queue.setSocket(nil)
        redisFree(context)
    }

    /// Sends the commands together and waits for their replies; calls `receive` with each as it arrives.
    func exchange(
        _ commands: [RedisCommand], mayHaveRun: Bool, blocking: Duration, _ receive: (Int, RedisReply) -> Void
    ) throws(LinkFailure) {
        for command in commands { try load(command) }
        setTimeout(blocking)
        for command in commands { try send(words(for: command, mayHaveRun: mayHaveRun)) }
        var flushed: [Int] = []
        for index in commands.indices {
            let reply = try receiveOne()
            // Redis' script cache has been flushed. The script did not run.
            if case .failure(let text) = reply, text.hasPrefix("NOSCRIPT") {
                flushed.append(index)
            } else {
                receive(index, reply)
            }
        }
        if !flushed.isEmpty { digests = [:] }
        for index in flushed {
            try send(words(for: commands[index], mayHaveRun: mayHaveRun, inFull: true))
            receive(index, try receiveOne())
        }
    }
}

extension RedisLink {
    private func authenticate(at address: RedisAddress) throws(JobStoreError) {
        if let password = address.password {
            try sendAndCheck(["AUTH"] + (address.user.map { [$0] } ?? []) + [password])
        }
        try sendAndCheck(["SELECT", String(address.database)])
        let version = try sendAndCheck(["INFO", "server"]).text?.split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("redis_version:") }?.dropFirst("redis_version:".count)
        // An account without the permission for INFO is accepted.
        if let version, let major = Int(version.prefix { $0 != "." }), major < 7 {
            throw .unavailable("\(address) is Redis \(version). The queue needs Redis 7 or Valkey.")
        }
    }

    @discardableResult private func sendAndCheck(_ words: [String]) throws(JobStoreError) -> RedisReply {
        let reply: RedisReply
        do {
            try send(words.map { Array($0.utf8) })
            reply = try receiveOne()
        } catch {
            guard !hasReplied, case .unavailable(let reason) = error.storeError else { throw error.storeError }
            let hint = bridge == nil ? "Does it want TLS there (rediss://)?" : "Does it speak TLS there, or is it redis://?"
            throw .unavailable(bridge?.failure ?? "\(reason) \(hint)")
        }
        if case .failure(let text) = reply, words[0] != "INFO" || !text.hasPrefix("NOPERM") {
            throw RedisServerError.storeError(for: text)
        }
        return reply
    }

    private func load(_ command: RedisCommand) throws(LinkFailure) {
        guard case .script(let script, _, _) = command, digests[script] == nil else { return }
        try send([Array("SCRIPT".utf8), Array("LOAD".utf8), Array(script.text.utf8)])
        // Where it cannot be loaded (Redis is still starting, say) the script is sent in full, and its reply says why.
        if case .bytes(let digest) = try receiveOne() { digests[script] = digest }
    }

    private func words(for command: RedisCommand, mayHaveRun: Bool, inFull: Bool = false) -> [[UInt8]] {
        switch command {
        case .plain(let words): return words
        case .script(let script, let prefix, let arguments):
            let digest = inFull ? nil : digests[script]
            let head = digest.map { [Array("EVALSHA".utf8), $0] } ?? [Array("EVAL".utf8), Array(script.text.utf8)]
            return head + [
                Array("1".utf8), Array((prefix + RedisScript.queueKey).utf8),
                [mayHaveRun ? UInt8(ascii: "1") : UInt8(ascii: "0")],
            ]
                + arguments
        }
    }
}

// hiredis itself.
extension RedisLink {
    private func setTimeout(_ blocking: Duration) { redisSetTimeout(context, interval(of: Self.replyTimeout + blocking)) }

    private func send(_ words: [[UInt8]]) throws(LinkFailure) {
        let outcome = RedisCommand.wireForm(of: words).withUnsafeBytes { bytes in
            redisAppendFormattedCommand(context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        if outcome != REDIS_OK { throw failure }
    }

    private func receiveOne() throws(LinkFailure) -> RedisReply {
        var raw: UnsafeMutableRawPointer?
        guard redisGetReply(context, &raw) == REDIS_OK, let raw else { throw failure }
        defer { freeReplyObject(raw) }
        hasReplied = true
        return RedisReply(raw.assumingMemoryBound(to: redisReply.self).pointee)
    }

    /// hiredis' text for its last error.
    private var lastError: String {
        withUnsafeBytes(of: context.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private var failure: LinkFailure {
        if let reason = bridge?.failure { return .lost(reason) }
        let lastError = lastError
        // hiredis before 1.0 has no error code for a timeout (6); it reports the system's text.
        let timeouts = [EAGAIN, ETIMEDOUT].map { String(cString: strerror($0)) }
        return context.pointee.err == 6 || timeouts.contains(lastError)
            ? .timedOut : .lost("the connection to Redis broke: \(lastError).")
    }
}

extension LinkFailure {
    var storeError: JobStoreError {
        switch self {
        case .lost(let reason): .unavailable(reason)
        case .timedOut: .unavailable("Redis did not answer within \(RedisLink.replyTimeout.components.seconds) s.")
        }
    }
}

private func interval(of duration: Duration) -> timeval {
    let (seconds, attoseconds) = duration.components
    var time = timeval()
    time.tv_sec = .init(seconds)
    time.tv_usec = .init(attoseconds / 1_000_000_000_000)
    return time
}
