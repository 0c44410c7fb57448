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
        /// Try again after the delay, because of `reason`; `fresh` means from the first byte.
        case again(after: Duration, fresh: Bool, reason: String)
        case giveUp(PullError)
    }

    /// The waits before each further attempt; their number bounds the attempts.
    private var delays: ArraySlice<Duration>
    private var hasStartedAnew = false
    private let entry: Catalogue.Entry
    private let url: String

    init(delays: [Duration], entry: Catalogue.Entry, url: String) {
        self.delays = delays[...]
        self.entry = entry
        self.url = url
    }

    mutating func decide(after failure: Failure) -> Decision {
        switch failure {
        case .final(let error):
            return .giveUp(error)
        case .staleRemains(let error):
            guard !hasStartedAnew else { return .giveUp(error) }
            hasStartedAnew = true
            return .again(
                after: .zero, fresh: true, reason: "what an earlier attempt left is no part of the file that is there now")
        case .transient(let reason):
            guard let delay = delays.popFirst() else { return .giveUp(.unreachable(entry, url: url, reason: reason)) }
            return .again(after: delay, fresh: false, reason: reason)
        }
    }
}
