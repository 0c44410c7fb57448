/// Why a call to a store failed.
package enum JobStoreError: Error, Sendable, Equatable, Codable, CustomStringConvertible {
    /// The limit of waiting jobs is reached.
    case tooManyJobs(limit: Int)
    /// The limit of bytes of waiting images is reached.
    case tooManyBytes(limit: Int)
    /// The idempotency key was used before with another request.
    case keyReused
    /// The store cannot be reached or cannot write now. The reason goes to the log and to `/health/ready`.
    case unavailable(String)
    /// The store's contents cannot be read. The reason says what to do.
    case damaged(String)

    package var description: String {
        switch self {
        case .tooManyJobs(let limit): "The queue is full: \(limit) jobs are waiting. Please try again later."
        case .tooManyBytes(let limit):
            "The queue is full: the waiting pictures take all of its \(limit) bytes. Please try again later, or send a smaller picture."
        case .keyReused: "This Idempotency-Key was used before with another request. Use a new key for a new request."
        case .unavailable(let reason): "The job store is not available: \(reason)"
        case .damaged(let reason): "The job store is damaged: \(reason)"
        }
    }
}
