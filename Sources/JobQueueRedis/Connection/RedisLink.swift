import CHiredis
import Foundation
import JobQueue

/// Why a link is of no use any more.
enum LinkFailure: Error {
    /// The connection is gone; another may work.
    case lost(String)
    /// Redis did not answer in time.
    case silent
}

/// One connection to Redis, in hiredis' hands. It belongs to the thread that made it and blocks that while it waits.
final class RedisLink {
    /// How long a connection may take to come about.
    static let connectTime: Duration = .seconds(1)
    /// How long Redis may take to take a command, or to answer it.
    static let answerTime: Duration = .seconds(2)

    private let context: UnsafeMutablePointer<redisContext>
    private let bridge: TLSBridge?
    private let queue: RedisCommandQueue
    private var hasAnswered = false
    /// Scripts that Redis knows on this connection, and the digest by which it calls them.
    private var digests: [RedisScript: [UInt8]] = [:]

    /// Connects and says who we are.
    init(to address: RedisAddress, for queue: RedisCommandQueue) throws(JobStoreError) {
        self.queue = queue
        bridge = address.usesTLS ? try TLSBridge(to: address) : nil
        let context =
            bridge.map { redisConnectFd($0.socket) }
            ?? redisConnectWithTimeout(address.host, Int32(address.port), span(of: Self.connectTime))
        guard let context else { throw .unavailable("there is no memory for a connection to Redis.") }
        self.context = context
        if context.pointee.err != 0 { throw .unavailable("no connection to \(address): \(lastError).") }
        queue.setSocket(context.pointee.fd)
        allow(.zero)
        if !address.usesTLS { redisEnableKeepAlive(context) }
        try introduce(with: address)
    }

    deinit {
        queue.setSocket(nil)
        redisFree(context)
    }

    /// Sends all and waits for the answers; calls `receive` with each as it comes.
    func exchange(
        _ commands: [RedisCommand], mayHaveRun: Bool, blocking: Duration, _ receive: (Int, RedisReply) -> Void
    ) throws(LinkFailure) {
        for command in commands { try load(command) }
        allow(blocking)
        for command in commands { try send(words(for: command, mayHaveRun: mayHaveRun)) }
        var forgotten: [Int] = []
        for index in commands.indices {
            let answer = try receiveOne()
            // Somebody has emptied Redis' memory of scripts. The script did not run.
            if case .failure(let text) = answer, text.hasPrefix("NOSCRIPT") {
                forgotten.append(index)
            } else {
                receive(index, answer)
            }
        }
        if !forgotten.isEmpty { digests = [:] }
        for index in forgotten {
            try send(words(for: commands[index], mayHaveRun: mayHaveRun, inFull: true))
            receive(index, try receiveOne())
        }
    }
}

extension RedisLink {
    private func introduce(with address: RedisAddress) throws(JobStoreError) {
        if let password = address.password {
            try greet(["AUTH"] + (address.user.map { [$0] } ?? []) + [password])
        }
        try greet(["SELECT", String(address.database)])
        let version = try greet(["INFO", "server"]).text?.split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("redis_version:") }?.dropFirst("redis_version:".count)
        // An account that may not ask is not turned away.
        if let version, let major = Int(version.prefix { $0 != "." }), major < 7 {
            throw .unavailable("\(address) is Redis \(version). The queue needs Redis 7 or Valkey.")
        }
    }

    @discardableResult private func greet(_ words: [String]) throws(JobStoreError) -> RedisReply {
        let answer: RedisReply
        do {
            try send(words.map { Array($0.utf8) })
            answer = try receiveOne()
        } catch {
            guard !hasAnswered, case .unavailable(let reason) = error.storeError else { throw error.storeError }
            let doubt = bridge == nil ? "Does it want TLS there (rediss://)?" : "Does it speak TLS there, or is it redis://?"
            throw .unavailable(bridge?.failure ?? "\(reason) \(doubt)")
        }
        if case .failure(let text) = answer, words[0] != "INFO" || !text.hasPrefix("NOPERM") {
            throw RedisServerError.storeError(for: text)
        }
        return answer
    }

    private func load(_ command: RedisCommand) throws(LinkFailure) {
        guard case .script(let script, _, _) = command, digests[script] == nil else { return }
        try send([Array("SCRIPT".utf8), Array("LOAD".utf8), Array(script.text.utf8)])
        // Where it can't be loaded (Redis is still starting, say) the script goes in full, and its answer tells why.
        if case .bytes(let digest) = try receiveOne() { digests[script] = digest }
    }

    private func words(for command: RedisCommand, mayHaveRun: Bool, inFull: Bool = false) -> [[UInt8]] {
        switch command {
        case .plain(let words): return words
        case .script(let script, let prefix, let arguments):
            let digest = inFull ? nil : digests[script]
            let head = digest.map { [Array("EVALSHA".utf8), $0] } ?? [Array("EVAL".utf8), Array(script.text.utf8)]
            return head + [Array("1".utf8), Array((prefix + "jobs").utf8), [mayHaveRun ? UInt8(ascii: "1") : UInt8(ascii: "0")]]
                + arguments
        }
    }
}

// hiredis itself.
extension RedisLink {
    private func allow(_ blocking: Duration) { redisSetTimeout(context, span(of: Self.answerTime + blocking)) }

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
        hasAnswered = true
        return RedisReply(raw.assumingMemoryBound(to: redisReply.self).pointee)
    }

    /// What hiredis says of its last error.
    private var lastError: String {
        withUnsafeBytes(of: context.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private var failure: LinkFailure {
        if let reason = bridge?.failure { return .lost(reason) }
        let lastError = lastError
        // hiredis before 1.0 has no error of its own (6) for a time that is over; it passes on what the system said.
        let timeouts = [EAGAIN, ETIMEDOUT].map { String(cString: strerror($0)) }
        return context.pointee.err == 6 || timeouts.contains(lastError)
            ? .silent : .lost("the connection to Redis broke: \(lastError).")
    }
}

extension LinkFailure {
    var storeError: JobStoreError {
        switch self {
        case .lost(let reason): .unavailable(reason)
        case .silent: .unavailable("Redis did not answer within \(RedisLink.answerTime.components.seconds) s.")
        }
    }
}

private func span(of duration: Duration) -> timeval {
    let (seconds, attoseconds) = duration.components
    var time = timeval()
    time.tv_sec = .init(seconds)
    time.tv_usec = .init(attoseconds / 1_000_000_000_000)
    return time
}
