import JobQueue

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
