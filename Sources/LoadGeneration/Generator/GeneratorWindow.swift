package import LatencyHistograms

/// What all event loops recorded since the last `collect`.
package struct GeneratorWindow: Sendable {
    /// Every request that ended.
    package var counts: WindowCounts
    /// How late requests were sent: actual start − intended start, in microseconds; only where the load has a schedule.
    package var startLag = LatencyHistogram()
    /// How late the event loops ran their 20 ticks a second, in microseconds: as late as they handle a response.
    package var lateness = LatencyHistogram()
    /// The worst lateness, in nanoseconds.
    package var worstLateness: UInt64 = 0
    /// Current users (closed model), without those still to be spawned.
    package var users = 0
    /// Requests in flight.
    package var inFlight = 0
    /// Open connections.
    package var connections = 0
    /// Connections that were opened.
    package var connectionsOpened = 0
    /// Requests that were sent again because the server had closed their kept connection.
    package var resent = 0
    /// Polls of queued jobs (`FollowSettings`).
    package var polls = 0
    /// Queued requests that were followed to their end.
    package var followed = 0
    /// Responses whose picture was decoded.
    package var picturesDecoded = 0
    /// Requests that were cancelled when the generator was stopped; no other count includes them.
    package var abandoned = 0

    /// Makes a window. `lateness`: nanoseconds by which the event loop was late, for each of its 20 ticks a second.
    package init(counts: WindowCounts, users: Int = 0, inFlight: Int = 0, lateness: [UInt64] = []) {
        self.counts = counts
        self.users = users
        self.inFlight = inFlight
        for nanoseconds in lateness { recordLateness(nanoseconds, tick: 50_000_000) }
    }

    /// Records that a loop ran its tick this many nanoseconds late. The ticks that it missed meanwhile count, too, so that a stall weighs as much
    /// as the time that it lasted.
    mutating func recordLateness(_ nanoseconds: UInt64, tick: UInt64) {
        worstLateness = max(worstLateness, nanoseconds)
        var late = nanoseconds
        for _ in 0..<1_000 {
            lateness.record(late / 1_000)
            guard late > tick else { return }
            late -= tick
        }
    }

    /// Adds another event loop's window.
    mutating func merge(_ other: GeneratorWindow) {
        counts.merge(other.counts)
        startLag.merge(other.startLag)
        lateness.merge(other.lateness)
        worstLateness = max(worstLateness, other.worstLateness)
        users += other.users
        inFlight += other.inFlight
        connections += other.connections
        connectionsOpened += other.connectionsOpened
        resent += other.resent
        polls += other.polls
        followed += other.followed
        picturesDecoded += other.picturesDecoded
        abandoned += other.abandoned
    }
}
