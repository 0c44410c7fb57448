package import NIOCore

/// What came back for one request.
package struct TargetResponse {
    /// The status code.
    package var status = 0
    /// What was kept of the body (see `BodyRetention`).
    package var body = ByteBuffer()
    /// Bytes of head and body.
    package var received = 0
    /// The `Location` field of a 201 or 202.
    package var location: String?

    /// How much of a body is kept in memory.
    package enum BodyRetention {
        /// All of it, to be checked.
        case full
        /// The first bytes, for a failure's sample.
        case prefix
    }

    /// Bytes kept of an error's body.
    static let prefixBytes = 512
    /// Bytes kept of a 202's body, which names a job, and of an error's body under `full`.
    static let jobBytes = 64 << 10

    /// A response of which nothing has arrived.
    package init() {}

    /// Appends as much of `data` as is retained: without a copy if that is all of `expected` bytes, else with capacity for them all.
    mutating func append(_ data: ByteBuffer, _ retention: BodyRetention, expected: Int = 0) {
        let limit = limit(retention)
        let room = limit - body.readableBytes
        guard room > 0, var part = data.getSlice(at: data.readerIndex, length: min(room, data.readableBytes)) else { return }
        if body.capacity == 0 {
            if part.readableBytes >= min(expected, limit) {
                body = part
                return
            }
            // A Content-Length is believed up to a bound.
            body.reserveCapacity(min(expected, limit, 4 << 20))
        }
        body.writeBuffer(&part)
    }

    private func limit(_ retention: BodyRetention) -> Int {
        switch status {
        case 202: Self.jobBytes
        case 200...299: retention == .full ? .max : 0
        default: retention == .full ? Self.jobBytes : Self.prefixBytes
        }
    }
}
