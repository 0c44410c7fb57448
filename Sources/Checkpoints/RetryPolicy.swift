/// Decides what follows a failed attempt to download. Does nothing itself, so it is tested by calling it.
struct RetryPolicy {
    /// How an attempt ended.
    enum Failure: Error, Equatable {
        /// It may go better next time: the network, or a server in trouble.
        case transient(reason: String)
        /// What was kept from an earlier attempt does not fit what the server has now.
        case staleRemains(PullError)
        /// Trying again cannot help.
        case final(PullError)
    }

    enum Decision: Equatable {
        /// Try again after the delay; `fresh` means from the first byte.
        case again(after: Duration, fresh: Bool)
        case giveUp(PullError)
    }

    /// The waits before each further attempt; their number bounds the attempts.
    private var delays: ArraySlice<Duration>
    private var hasStartedAnew = false
    private let name: String
    private let url: String

    init(delays: [Duration], name: String, url: String) {
        self.delays = delays[...]
        self.name = name
        self.url = url
    }

    mutating func decide(after failure: Failure) -> Decision {
        switch failure {
        case .final(let error):
            return .giveUp(error)
        case .staleRemains(let error):
            guard !hasStartedAnew else { return .giveUp(error) }
            hasStartedAnew = true
            return .again(after: .zero, fresh: true)
        case .transient(let reason):
            guard let delay = delays.popFirst() else { return .giveUp(.unreachable(name: name, url: url, reason: reason)) }
            return .again(after: delay, fresh: false)
        }
    }
}
