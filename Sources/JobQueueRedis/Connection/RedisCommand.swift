import CHiredis
import JobQueue

/// A command for Redis. Every command may be sent twice: when a connection breaks, nobody knows whether the last command was
/// executed, so it is sent again, and scripts are told (`ARGV[1]`) that they may have run already.
enum RedisCommand: Sendable {
    case plain([[UInt8]])
    /// A script on the keys that begin with `prefix`.
    case script(RedisScript, prefix: String, arguments: [[UInt8]])

    static func plain(_ words: String...) -> RedisCommand { .plain(words.map { Array($0.utf8) }) }

    /// Its approximate size in memory, in bytes.
    var size: Int {
        switch self {
        case .plain(let words), .script(_, _, let words): words.reduce(0) { $0 + $1.count }
        }
    }

    /// The command in Redis' protocol: an array of bulk strings.
    static func wireForm(of words: [[UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.reduce(16) { $0 + $1.count + 16 })
        bytes += "*\(words.count)\r\n".utf8
        for word in words {
            bytes += "$\(word.count)\r\n".utf8
            bytes += word
            bytes += "\r\n".utf8
        }
        return bytes
    }
}

/// A reply of Redis.
enum RedisReply: Sendable, Equatable {
    case none
    case integer(Int)
    case bytes([UInt8])
    case list([RedisReply])
    /// An error, beginning with its code: `OOM command not allowed …`.
    case failure(String)

    /// Copies a reply from hiredis.
    init(_ reply: redisReply) {
        switch reply.type {
        case REDIS_REPLY_INTEGER: self = .integer(Int(reply.integer))
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: self = .bytes(Self.bytes(of: reply))
        case REDIS_REPLY_ERROR: self = .failure(String(decoding: Self.bytes(of: reply), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            self = .list((0..<reply.elements).map { index in reply.element[index].map { RedisReply($0.pointee) } ?? .none })
        default: self = .none
        }
    }

    private static func bytes(of reply: redisReply) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: reply.str, count: reply.len))
    }

    var integer: Int? {
        switch self {
        case .integer(let value): value
        case .bytes(let bytes): Int(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// The elements of a list; empty for other replies.
    var list: [RedisReply] {
        if case .list(let list) = self { list } else { [] }
    }
}

/// Maps the error replies of Redis to `JobStoreError`.
enum RedisServerError {
    /// The store's error for the reply `text`, such as `OOM command not allowed when used memory > 'maxmemory'.`
    static func storeError(for text: String) -> JobStoreError {
        let code = text.prefix { $0 != " " }
        switch code {
        case "WRONGTYPE":
            return .damaged(
                "a key of the queue in Redis has another type (\(text)). Is the namespace used by another program?")
        case "ERR": return .unavailable(sentence(forPlain: text))
        default: return .unavailable(sentences[String(code)] ?? "Redis answered: \(text)")
        }
    }

    /// Whether a new connection may help, as after a failover that made this server a replica.
    static func endsConnection(_ text: String) -> Bool {
        ["READONLY", "MASTERDOWN", "NOAUTH", "UNBLOCKED"].contains { text.hasPrefix($0) }
    }

    private static let sentences = [
        "OOM": "Redis is at its maxmemory and takes nothing more. Raise it, or wait until jobs and results are gone.",
        "READONLY": "this Redis is a read-only replica. Give the address of the primary.",
        "MASTERDOWN": "this Redis is a replica that has lost its primary.",
        "NOAUTH": "Redis wants a password. Write it into the address: redis://:PASSWORD@host:port.",
        "WRONGPASS": "Redis does not accept the user or the password in the address.",
        "NOPERM": "the Redis user in the address may not do what the queue needs. Allow it all commands on the queue's keys.",
        "LOADING": "Redis has started and is still reading its data.",
        "MISCONF": "Redis can't write to its disk and takes no changes. Make room on the disk; Redis' log says more.",
        "NOREPLICAS": "Redis has fewer replicas than min-replicas-to-write asks for and takes no changes.",
        "BUSY": "Redis is busy with a script that does not end.",
        "CLUSTERDOWN": "the Redis cluster is down.",
        "MOVED": "the queue's keys live on another node of this Redis cluster. Give that node's address.",
        "ASK": "the queue's keys are moving to another node of the Redis cluster.",
    ]

    private static func sentence(forPlain text: String) -> String {
        if text.contains("without any password configured") {
            return "the address has a password, but Redis has none. Leave it out, or set one in Redis."
        }
        if text.contains("max number of clients") { return "Redis has as many connections as it allows (maxclients)." }
        if text.contains("DB index") { return "Redis has no database of the number in the address." }
        return "Redis answered: \(text)"
    }
}
