import CHiredis

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
