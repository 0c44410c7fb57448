package import JobQueue

extension TurnedAway {
    /// What the client is told; nil for `notNow`, which is not an error but an answer.
    package var error: JobError? {
        switch self {
        case .notNow: nil
        case .draining: JobError(.draining, "The server is stopping. Please try again in a moment.", retryAfter: 5)
        case .tooLarge(let bytes, let limit):
            JobError(
                .imageTooLarge,
                "The picture would take \(megabytes(bytes)) MB of memory, and the service has \(megabytes(limit)) MB for all its "
                    + "work. Please ask for a smaller size or send a smaller picture.")
        case .lineFull(let seconds):
            JobError(
                .overloaded, "The line is full. Please try again in \(retryAfter(seconds)) seconds.",
                retryAfter: retryAfter(seconds))
        case .deadlineOutOfReach(let seconds):
            JobError(
                .expired,
                "The picture would be done in about \(retryAfter(seconds, most: .max)) seconds, which is later than the request "
                    + "allows. Please allow more time or try again in \(retryAfter(seconds)) seconds.",
                retryAfter: retryAfter(seconds))
        case .deadlinePassed(let seconds):
            JobError(
                .expired,
                "The time that the request allows ran out while it waited in line; a new one would take about "
                    + "\(retryAfter(seconds, most: .max)) seconds. Please allow more time or try again in \(retryAfter(seconds)) "
                    + "seconds.",
                retryAfter: retryAfter(seconds))
        }
    }

    /// Whole seconds, at least 1.
    private func retryAfter(_ seconds: Double, most: Int = 60) -> Int {
        Int(max(1, min(seconds.rounded(.up), Double(min(most, 1_000_000)))))
    }

    private func megabytes(_ bytes: Int) -> Int { (bytes + 999_999) / 1_000_000 }
}
