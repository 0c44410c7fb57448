package import NIOCore

/// What came back for one request.
package struct WireAnswer {
    /// The status code.
    package var status = 0
    /// What was kept of the body (see `KeepBody`).
    package var body = ByteBuffer()
    /// Bytes of head and body.
    package var received = 0
    /// The `Location` field of a 201 or 202.
    package var location: String?

    /// How much of a body is kept.
    package enum KeepBody {
        /// All of it, to be checked.
        case all
        /// Only the beginning, for the sample of a failure.
        case beginning
    }

    /// How much of a refusal's body is kept.
    static let beginning = 512
    /// How much of a 202's body is kept: it names a job.
    static let ticket = 64 << 10

    /// Nothing yet.
    package init() {}

    /// Keeps as much of `data` as is wanted: without a copy if that is all of `expected` bytes, else in room for them all.
    mutating func keep(_ data: ByteBuffer, _ wish: KeepBody, expected: Int = 0) {
        let limit = limit(wish)
        let room = limit - body.readableBytes
        guard room > 0, var part = data.getSlice(at: data.readerIndex, length: min(room, data.readableBytes)) else { return }
        if body.capacity == 0 {
            if part.readableBytes >= min(expected, limit) {
                body = part
                return
            }
            // What a head promises is believed up to a bound.
            body.reserveCapacity(min(expected, limit, 4 << 20))
        }
        body.writeBuffer(&part)
    }

    private func limit(_ wish: KeepBody) -> Int {
        switch status {
        case 202: Self.ticket
        case 200...299: wish == .all ? .max : 0
        default: wish == .all ? 64 << 10 : Self.beginning
        }
    }
}
