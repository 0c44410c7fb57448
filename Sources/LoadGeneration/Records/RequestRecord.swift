/// What is known of one request when it has ended. Times are nanoseconds of the monotonic clock (NIO's `uptimeNanoseconds`).
package struct RequestRecord: Sendable {
    /// Which of the plan's requests it was: an index of `WindowCounts.labels`.
    package var request: Int
    /// When it should have started by the schedule (open model, pacing); nil where the load has no schedule.
    package var intendedStart: UInt64?
    /// When its first byte was handed to the connection, or connecting began.
    package var start: UInt64
    /// When its last byte had come and the checks were done.
    package var end: UInt64
    /// How it ended.
    package var outcome: RequestOutcome
    /// Bytes of its head and body.
    package var bytesSent: Int
    /// Bytes of the response's head and body that arrived.
    package var bytesReceived: Int

    /// Makes a record.
    package init(
        request: Int = 0, intendedStart: UInt64? = nil, start: UInt64, end: UInt64, outcome: RequestOutcome,
        bytesSent: Int = 0, bytesReceived: Int = 0
    ) {
        self.request = request
        self.intendedStart = intendedStart
        self.start = start
        self.end = end
        self.outcome = outcome
        self.bytesSent = bytesSent
        self.bytesReceived = bytesReceived
    }

    /// From the real start to the end, in microseconds, rounded.
    package var serviceMicroseconds: UInt64 { Self.microseconds(from: start, to: end) }

    /// From the intended start to the end, in microseconds, rounded; nil without a schedule.
    package var responseMicroseconds: UInt64? { intendedStart.map { Self.microseconds(from: min($0, start), to: end) } }

    private static func microseconds(from start: UInt64, to end: UInt64) -> UInt64 {
        end > start ? (end - start + 500) / 1000 : 0
    }
}

/// A request's method and name, as tables and files show them.
package struct RequestLabel: Sendable, Hashable, Codable {
    /// `GET`, `POST`, ….
    package var method: String
    /// The scenario's name for it, or its path.
    package var name: String

    /// Makes a label.
    package init(method: String, name: String) {
        self.method = method
        self.name = name
    }
}
