/// One request from its beginning to its record, its looks at a queued job included.
struct Errand {
    /// Which template, and which of its bodies.
    let template: Int
    let body: Int
    /// The number in its id.
    let number: UInt64
    /// When it should have started, where a schedule says so. Nanoseconds, as all times here.
    let due: UInt64?
    /// When it did.
    let start: UInt64
    /// After this it has taken too long.
    var deadline: UInt64
    /// What is out at the moment or is to be sent as soon as there is a connection.
    var call: WireCall
    /// Bytes of all that was sent and received for it.
    var sent = 0
    var received = 0
    /// Whether it was sent anew because a kept connection had gone stale.
    var wasResent = false
    /// Set once a 202 is followed.
    var follower: JobFollower?
    /// Whether the answer that is expected is the queued job's result.
    var fetchesResult = false

    /// Its `X-Request-Id`.
    var id: String { PreparedMessage.id(call.idPrefix, number) }
}
