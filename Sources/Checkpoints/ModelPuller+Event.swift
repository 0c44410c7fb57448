extension ModelPuller {
    /// What a pull tells while it runs.
    package enum Event: Sendable, Equatable {
        /// Bytes came.
        case progress(Progress)
        /// An attempt failed and another one follows.
        case retry(Retry)
    }

    /// How far a download is.
    package struct Progress: Sendable, Equatable {
        /// Bytes that are here, those of earlier attempts included.
        package let received: Int
        /// Bytes of the whole file; nil where the server does not say.
        package let total: Int?
        /// Bytes that were here when this attempt began.
        package let resumedFrom: Int

        /// A state of these numbers.
        package init(received: Int, total: Int?, resumedFrom: Int) {
            self.received = received
            self.total = total
            self.resumedFrom = resumedFrom
        }
    }

    /// Why an attempt failed, and when the next one begins.
    package struct Retry: Sendable, Equatable, CustomStringConvertible {
        /// A clause without a full stop.
        package let reason: String
        /// The wait before the next attempt.
        package let delay: Duration

        /// A retry for this reason after this wait.
        package init(reason: String, delay: Duration) {
            self.reason = reason
            self.delay = delay
        }

        /// The line for people, such as `the server answered 503 Service Unavailable; trying again in 2 s`.
        package var description: String {
            if delay == .zero { return "\(reason); trying again" }
            let parts = delay.components
            return "\(reason); trying again in \(parts.attoseconds == 0 ? "\(parts.seconds) s" : "\(delay)")"
        }
    }
}
