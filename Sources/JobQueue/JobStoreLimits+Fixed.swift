extension JobStoreLimits {
    /// Final jobs that are kept at most, whatever their results weigh; the oldest go first. Without it a client that sends and cancels
    /// jobs all day would fill the memory.
    package static let finalJobs = 20_000

    /// `resultLife` in seconds.
    package var resultSeconds: Double { resultLife / .seconds(1) }

    /// `claimTime` in seconds.
    package var claimSeconds: Double { claimTime / .seconds(1) }
}
