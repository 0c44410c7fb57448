/// On what terms a job enters the scheduler.
package struct JobTerms: Sendable, Equatable {
    /// Which of the two lines a job stands in. When both have jobs, they take turns.
    package enum Line: String, Sendable, CaseIterable {
        /// Its client waits on the connection.
        case direct
        /// It comes from the job store.
        case queued
    }

    /// Whose turn it takes: an API key's name or an address. Clients of a line take turns.
    package var client: String
    /// The line.
    package var line: Line
    /// Seconds within which the job should be done, its own run included, as predicted on arrival; nil: no matter when.
    /// What would take longer is not taken (`notNow`); what then is delayed beyond 1.1 times this before it starts is handed back.
    package var maximumWait: Double?
    /// The picture is of no use after this: the job is refused if predicted to be done later, and dropped unrun at this moment.
    package var deadline: ContinuousClock.Instant?

    /// Makes terms.
    package init(
        client: String, line: Line = .direct, maximumWait: Double? = nil, deadline: ContinuousClock.Instant? = nil
    ) {
        self.client = client
        self.line = line
        self.maximumWait = maximumWait
        self.deadline = deadline
    }
}
