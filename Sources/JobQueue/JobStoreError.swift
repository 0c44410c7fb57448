/// Why a store did not do what was asked.
package enum JobStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// As many jobs wait as may.
    case tooManyJobs(limit: Int)
    /// The pictures of the waiting jobs take as many bytes as they may.
    case tooManyBytes(limit: Int)
    /// The idempotency key came before, with another request.
    case keyReused
    /// The store can't be reached or can't write now; the reason is for the log and for `/health/ready`.
    case unavailable(String)
    /// The store's contents make no sense; the reason says what to do.
    case damaged(String)

    package var description: String {
        switch self {
        case .tooManyJobs(let limit): "The queue is full: \(limit) jobs wait already. Please try again later."
        case .tooManyBytes(let limit):
            "The queue is full: the waiting pictures take all of its \(limit) bytes. Please try again later, or send a smaller picture."
        case .keyReused: "This Idempotency-Key was used before with another request. Use a new key for a new request."
        case .unavailable(let reason): "The job store is not available: \(reason)"
        case .damaged(let reason): "The job store is damaged: \(reason)"
        }
    }
}
