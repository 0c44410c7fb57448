package import LatencyHistograms

/// What happened since the last look, all event loops together.
package struct GeneratorWindow: Sendable {
    /// Every request that ended since the last look.
    package var counts: WindowCounts
    /// How late requests were sent: real start − intended start, in microseconds; only where the load has a schedule.
    package var startLag = LatencyHistogram()
    /// How late event loops came to what was due, in microseconds, 20 times a second: as late as to an answer that comes in.
    package var lateness = LatencyHistogram()
    /// The worst of it, in nanoseconds.
    package var worstLateness: UInt64 = 0
    /// Users there are now (closed model; those who are still to come are not among them).
    package var users = 0
    /// Requests that are out now.
    package var inFlight = 0
    /// Connections that are open now.
    package var connections = 0
    /// Connections that were made since the last look.
    package var connectionsOpened = 0
    /// Requests that were sent anew because the server had closed their kept connection meanwhile.
    package var resent = 0
    /// Looks at jobs that were queued (`FollowSettings`).
    package var polls = 0
    /// Requests that began as 202 and were followed to their end.
    package var followed = 0
    /// Answers whose picture was decoded.
    package var picturesDecoded = 0
    /// Requests that were cut when the generator was stopped; they are in no other count.
    package var abandoned = 0

    /// Makes a window. `lateness`: nanoseconds by which the event loop was late, for each of its 20 ticks a second.
    package init(counts: WindowCounts, users: Int = 0, inFlight: Int = 0, lateness: [UInt64] = []) {
        self.counts = counts
        self.users = users
        self.inFlight = inFlight
        for nanoseconds in lateness { recordLateness(nanoseconds, tick: 50_000_000) }
    }

    /// A loop came so late, in nanoseconds, to what is due every `tick`. While it was away it missed the looks in between, and each of them
    /// counts: a standstill weighs as much as the time that it lasted.
    mutating func recordLateness(_ nanoseconds: UInt64, tick: UInt64) {
        worstLateness = max(worstLateness, nanoseconds)
        var late = nanoseconds
        for _ in 0..<1_000 {
            lateness.record(late / 1_000)
            guard late > tick else { return }
            late -= tick
        }
    }

    /// Adds what another event loop saw.
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
