package import NIOCore

/// Whether a client takes what it is sent: a value without a channel or a timer.
package struct WriteProgress {
    private let timeout: TimeAmount
    private var sent = 0
    private var lastProgress: NIODeadline

    /// Watches from `now` on; a client that takes nothing for `timeout` is given up.
    package init(timeout: TimeAmount, now: NIODeadline) {
        self.timeout = timeout
        lastProgress = now
    }

    /// What a look at the connection means.
    package enum Verdict: Equatable {
        /// Nothing is waiting to be taken.
        case idle
        /// Look again then.
        case wait(until: NIODeadline)
        /// The client has taken nothing for too long.
        case stalled
    }

    /// At `now` there are `waiting` bytes of the `written` ones (since the connection began) that the client has not taken.
    package mutating func look(written: Int, waiting: Int, now: NIODeadline) -> Verdict {
        let isMore = written - waiting > sent
        sent = written - waiting
        if waiting == 0 || isMore { lastProgress = now }
        if waiting == 0 { return .idle }
        let deadline = lastProgress + timeout
        return now < deadline ? .wait(until: deadline) : .stalled
    }

    /// Something is about to be sent after nothing was waiting.
    package mutating func begin(now: NIODeadline) {
        lastProgress = now
    }
}
