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

/// A Lua script. Redis runs it as a whole or (where it cannot write) not at all, so no other client sees half of its steps.
struct RedisScript: Sendable, Hashable {
    /// Identifies the script.
    let name: String
    /// Its source.
    let text: String

    init(_ name: String, _ body: String) {
        self.name = name
        text = Self.common + body
    }

    static func == (one: RedisScript, other: RedisScript) -> Bool { one.name == other.name }

    func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
