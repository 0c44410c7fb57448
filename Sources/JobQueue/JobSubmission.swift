package import Foundation

/// A job as it is put into a store.
package struct JobSubmission: Sendable, Equatable {
    /// Lets a client send the same request twice without running it twice.
    package struct IdempotencyKey: Sendable, Hashable {
        /// The client's own word, at most 255 characters. Each client has its own keys.
        package var key: String
        /// Digest of the request: the same key with another request is an error.
        package var fingerprint: String

        /// Makes a key.
        package init(key: String, fingerprint: String) {
            self.key = key
            self.fingerprint = fingerprint
        }
    }

    /// The job's name.
    package var id: JobID
    /// Whose turn it takes: an API key's name or an address. Clients take turns.
    package var client: String
    /// The work.
    package var request: JobRequest
    /// When it was accepted.
    package var submitted: Date
    /// It is not started after this; nil: it waits as long as it takes.
    package var deadline: Date?
    /// Of use when the same request may come again.
    package var idempotency: IdempotencyKey?
    /// The id of the HTTP request that brought it, for the logs of whoever runs it.
    package var requestID: String

    /// Makes a submission.
    package init(
        id: JobID = JobID(), client: String, request: JobRequest, submitted: Date = Date(), deadline: Date? = nil,
        idempotency: IdempotencyKey? = nil, requestID: String = ""
    ) {
        self.id = id
        self.client = client
        self.request = request
        self.submitted = submitted
        self.deadline = deadline
        self.idempotency = idempotency
        self.requestID = requestID
    }
}
