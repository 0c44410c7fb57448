import Foundation
import JobQueue

/// What a worker asks of the store that its supervisor keeps. On the socket it is a binary property list.
enum StoreQuestion: Codable, Sendable {
    case add(SentSubmission)
    case claim(worker: String, timeout: Double)
    case renewLease(jobs: [String], progress: [JobProgress?], worker: String)
    case finish(SentClaim, result: SentResult?, failure: JobError?)
    case release(SentClaim)
    case cancel(String)
    case status([String])
    case result(String)
    case load
    case sweep
}

/// What the store says.
enum StoreAnswer: Codable, Sendable {
    case added(position: Int)
    case existing(String)
    case claim(SentClaim?)
    case kept([String])
    case flag(Bool)
    case done
    case status([SentStatus])
    case result(SentResult?)
    case load(queued: Int, queuedBytes: Int, running: Int, resultBytes: Int, workers: Int)
    case sweep(expired: Int, reclaimed: Int, deadLettered: Int, removed: Int)
    case refused(SentStoreError)
}

/// A submission on its way.
struct SentSubmission: Codable, Sendable {
    var id: String
    var client: String
    var image: Data
    var style: String?
    var size: Int?
    var fit: JobRequest.Fit
    var format: JobRequest.Format
    var quality: Int?
    var submitted: Date
    var deadline: Date?
    var key: String?
    var fingerprint: String?
    var requestID: String

    /// `withImage`: false where the store knows the photo already.
    init(_ submission: JobSubmission, withImage: Bool = true) {
        let request = submission.request
        id = submission.id.text
        client = submission.client
        image = withImage ? Data(request.image) : Data()
        style = request.style
        size = request.size
        fit = request.fit
        format = request.format
        quality = request.quality
        submitted = submission.submitted
        deadline = submission.deadline
        key = submission.idempotency?.key
        fingerprint = submission.idempotency?.fingerprint
        requestID = submission.requestID
    }

    /// Nil when the id is none.
    var submission: JobSubmission? {
        guard let id = JobID(id) else { return nil }
        let request = JobRequest(image: [UInt8](image), style: style, size: size, fit: fit, format: format, quality: quality)
        let idempotency = key.flatMap { key in
            fingerprint.map { JobSubmission.IdempotencyKey(key: key, fingerprint: $0) }
        }
        return JobSubmission(
            id: id, client: client, request: request, submitted: submitted, deadline: deadline, idempotency: idempotency,
            requestID: requestID)
    }
}

/// A claim on its way.
struct SentClaim: Codable, Sendable {
    var submission: SentSubmission
    var worker: String
    var attempt: Int

    init(_ claim: JobClaim, withImage: Bool = true) {
        submission = SentSubmission(claim.submission, withImage: withImage)
        worker = claim.worker
        attempt = claim.attempt
    }

    var claim: JobClaim? {
        submission.submission.map { JobClaim(submission: $0, worker: worker, attempt: attempt) }
    }
}

/// A result on its way.
struct SentResult: Codable, Sendable {
    var bytes: Data
    var mediaType: String
    var width: Int
    var height: Int
    var timings: [StageTiming]

    init(_ result: JobResult) {
        bytes = Data(result.bytes)
        mediaType = result.mediaType
        width = result.width
        height = result.height
        timings = result.timings
    }

    var result: JobResult {
        JobResult(bytes: [UInt8](bytes), mediaType: mediaType, width: width, height: height, timings: timings)
    }
}

/// A status on its way.
struct SentStatus: Codable, Sendable {
    var id: String
    var state: JobState
    var submitted: Date
    var started: Date?
    var finished: Date?
    var position: Int?
    var progress: JobProgress?
    var failure: JobError?
    var attempts: Int

    init(_ status: JobStatus) {
        id = status.id.text
        state = status.state
        submitted = status.submitted
        started = status.started
        finished = status.finished
        position = status.position
        progress = status.progress
        failure = status.failure
        attempts = status.attempts
    }

    var status: JobStatus? {
        guard let id = JobID(id) else { return nil }
        return JobStatus(
            id: id, state: state, submitted: submitted, started: started, finished: finished, position: position,
            progress: progress, failure: failure, attempts: attempts)
    }
}

/// A store's refusal on its way.
enum SentStoreError: Codable, Sendable {
    case tooManyJobs(limit: Int)
    case tooManyBytes(limit: Int)
    case keyReused
    case unavailable(String)
    case damaged(String)

    init(_ error: JobStoreError) {
        switch error {
        case .tooManyJobs(let limit): self = .tooManyJobs(limit: limit)
        case .tooManyBytes(let limit): self = .tooManyBytes(limit: limit)
        case .keyReused: self = .keyReused
        case .unavailable(let reason): self = .unavailable(reason)
        case .damaged(let reason): self = .damaged(reason)
        }
    }

    var error: JobStoreError {
        switch self {
        case .tooManyJobs(let limit): .tooManyJobs(limit: limit)
        case .tooManyBytes(let limit): .tooManyBytes(limit: limit)
        case .keyReused: .keyReused
        case .unavailable(let reason): .unavailable(reason)
        case .damaged(let reason): .damaged(reason)
        }
    }
}

/// Questions and answers as bytes.
enum StoreMessage {
    /// A property list's root has to be a container.
    private struct Envelope<Content: Codable>: Codable {
        var content: Content
    }

    static func bytes(_ content: some Codable) throws -> [UInt8] {
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .binary
        return [UInt8](try encoder.encode(Envelope(content: content)))
    }

    static func read<Content: Codable>(_ bytes: [UInt8], as: Content.Type) throws -> Content {
        try PropertyListDecoder().decode(Envelope<Content>.self, from: Data(bytes)).content
    }
}
