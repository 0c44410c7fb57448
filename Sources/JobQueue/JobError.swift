/// Why a job gave no picture. The message is a sentence for the person who sent it: what was wrong and what to do.
package struct JobError: Error, Sendable, Equatable, Codable {
    /// What went wrong, in the few classes that a client can act on.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// A parameter makes no sense.
        case badRequest
        /// The bytes are no picture that can be read.
        case unsupportedImage
        /// The picture has more pixels or bytes than allowed.
        case imageTooLarge
        /// No style has the name asked for.
        case unknownStyle
        /// There is no room now; trying again later helps.
        case overloaded
        /// It would take longer than clients are kept waiting; trying again later helps.
        case tooSlow
        /// The service is about to stop; another one, or a later try, helps.
        case draining
        /// The job store can't be reached; trying again later helps.
        case storeUnavailable
        /// The client has sent more than its share; trying again later helps.
        case tooManyRequests
        /// The job could not be, or was not, started in the time that its sender gave it.
        case expired
        /// The request contradicts an earlier one.
        case conflict
        /// The client went away, or the job was stopped.
        case cancelled
        /// Our own mistake.
        case `internal`
    }

    /// The class of the failure.
    package var kind: Kind
    /// A sentence for the client.
    package var message: String
    /// For the failures that a later try helps against: seconds after which a new try makes sense.
    package var retryAfter: Int?

    /// Makes an error.
    package init(_ kind: Kind, _ message: String, retryAfter: Int? = nil) {
        self.kind = kind
        self.message = message
        self.retryAfter = retryAfter
    }

    /// The failure of a dead-lettered job: its worker died or lost its lease `times` times.
    package static func workerDied(times: Int) -> JobError {
        JobError(
            .internal,
            "The job was started \(times) times and its worker died each time, so it is not tried again. "
                + "Please try another picture, and tell whoever runs this service.")
    }
}
