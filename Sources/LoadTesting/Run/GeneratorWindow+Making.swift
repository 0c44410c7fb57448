extension GeneratorWindow {
    /// A window in which so much happened, for those who try out a run without a generator. `lateness`: nanoseconds by which the event loop
    /// was late, each of the 20 times that it was looked at.
    package init(_ counts: WindowCounts, users: Int = 0, inFlight: Int = 0, lateness: [UInt64] = []) {
        self.init(counts: counts)
        self.users = users
        self.inFlight = inFlight
        for nanoseconds in lateness { recordLateness(nanoseconds, tick: 50_000_000) }
    }
}
