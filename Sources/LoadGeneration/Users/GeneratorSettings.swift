/// Everything that a generator needs to know before it starts.
package struct GeneratorSettings: Sendable {
    /// Whom to load.
    package var target: LoadTarget
    /// What is asked; chosen by weight. At least one.
    package var requests: [RequestTemplate]
    /// Who decides when a request starts.
    package var model: LoadModel
    /// How to speak.
    package var connection = ConnectionSettings()
    /// Whether an answer 202 is followed until its job has ended; nil counts it as queued and goes on.
    package var follow: FollowSettings?
    /// Event loops, each with a thread of its own. Users and arrivals are shared out among them.
    package var threads = 1
    /// The beginning of everything random: weights, waits, arrivals. Two runs with the same seed ask the same in the same order.
    package var seed: UInt64 = 1
    /// The beginning of every request's id (`X-Request-Id`), at most 40 letters, digits or hyphens.
    package var idPrefix = "sakuga"

    /// Requests are numbered from here. Runs that load one target must not share numbers, or photos that are to be unique are not.
    package var firstNumber: UInt64 = 0

    /// The settings' defaults around what has none.
    package init(target: LoadTarget, requests: [RequestTemplate], model: LoadModel) {
        self.target = target
        self.requests = requests
        self.model = model
    }
}

/// How a 202 is followed to its end.
package struct FollowSettings: Sendable {
    /// The time between two looks at the job.
    package var interval = Duration.milliseconds(250)
    /// How long after the request's start the job may end; then it is the failure `not done in time`.
    package var timeout = Duration.seconds(300)

    package init() {}
}
