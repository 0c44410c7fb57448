extension GeneratorWindow {
    /// A window in which so much happened, for those who try out a run without a generator.
    package init(_ counts: WindowCounts, users: Int = 0, inFlight: Int = 0, worstLateness: UInt64 = 0) {
        self.init(counts: counts)
        self.users = users
        self.inFlight = inFlight
        self.worstLateness = worstLateness
    }
}
