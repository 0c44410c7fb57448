import Foundation
import JobQueue

/// A call to the store of a worker pool.
enum JobStoreRequest: Codable, Sendable {
    case add(JobSubmission)
    /// The timeout is in seconds.
    case claim(worker: String, timeout: Double)
    case renewLease([JobID: JobProgress?], worker: String)
    case succeed(JobClaim, JobResult)
    case fail(JobClaim, JobError)
    case release(JobClaim)
    case cancel(JobID)
    case status([JobID])
    case result(JobID)
    case load
    case sweep
}

/// What the store returned or threw.
enum JobStoreResponse: Codable, Sendable {
    case admission(JobAdmission)
    case claim(JobClaim?)
    case lostLeases(Set<JobID>)
    case finished(Bool)
    case released
    case status([JobStatus])
    case result(JobResult?)
    case load(JobStoreLoad)
    case sweep(JobStoreSweep)
    case failure(JobStoreError)
}

/// Requests and responses as bytes: binary property lists, which hold a photo without a detour through text.
enum JobStoreMessage {
    /// The root of a property list has to be a container.
    private struct Envelope<Content: Codable>: Codable {
        var content: Content
    }

    static func encode(_ content: some Codable) throws -> [UInt8] {
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .binary
        return [UInt8](try encoder.encode(Envelope(content: content)))
    }

    static func decode<Content: Codable>(_ type: Content.Type, from bytes: [UInt8]) throws -> Content {
        try PropertyListDecoder().decode(Envelope<Content>.self, from: Data(bytes)).content
    }
}

extension JobClaim {
    /// The claim as it is sent to a store, which needs only its id, worker and attempt.
    var withoutImage: JobClaim {
        var claim = self
        claim.submission.request.image = []
        return claim
    }
}
