import Foundation
import JobQueue
import Testing

/// Limits under which time passes in steps of thousands of seconds, far more than any test takes.
extension JobStoreLimits {
    static let slow = JobStoreLimits(resultLifetime: .seconds(100_000), leaseDuration: .seconds(10_000))
}

/// A job of `client` with a small picture.
func submission(
    _ client: String = "ann", bytes: Int = 3, deadline: Date? = nil, key: JobSubmission.IdempotencyKey? = nil
) -> JobSubmission {
    JobSubmission(
        client: client, request: JobRequest(image: [UInt8](repeating: 7, count: bytes)),
        submitted: Date(timeIntervalSince1970: 1_800_000_000), deadline: deadline, idempotency: key)
}

/// A finished picture of so many bytes.
func picture(bytes: Int = 4) -> JobResult {
    JobResult(
        bytes: [UInt8](repeating: 9, count: bytes), mediaType: "image/jpeg", width: 640, height: 480,
        timings: [StageTiming(name: "decode", seconds: 0.25), StageTiming(name: "run", seconds: 1.5)])
}

extension JobStore {
    /// Adds so many jobs of `client`, in their order.
    func addMany(_ count: Int, of client: String = "ann") async throws -> [JobID] {
        var ids: [JobID] = []
        for _ in 0..<count { ids.append(try await addOne(of: client)) }
        return ids
    }

    /// Adds a job that must be new.
    func addOne(of client: String = "ann", bytes: Int = 3, deadline: Date? = nil) async throws -> JobID {
        let job = submission(client, bytes: bytes, deadline: deadline)
        guard case .added = try await add(job) else { throw UnexpectedAnswer("a new job was not added") }
        return job.id
    }

    /// The next job; it must be there now.
    func claimNow(by worker: String = "w1") async throws -> JobClaim {
        try #require(try await claim(by: worker, waitingUpTo: .zero))
    }

    /// Claims and finishes everything that waits; the jobs in the order in which they came.
    func runAll(by worker: String = "w1") async throws -> [JobID] {
        var order: [JobID] = []
        while let claim = try await claim(by: worker, waitingUpTo: .zero) {
            order.append(claim.submission.id)
            guard try await finish(claim, with: .success(picture())) else { throw UnexpectedAnswer("a claim was lost") }
        }
        return order
    }

    /// The status of a job that must be there.
    func known(_ id: JobID) async throws -> JobStatus {
        try #require(try await status(of: id))
    }

    /// The positions of jobs that must all be queued.
    func positions(of ids: [JobID]) async throws -> [Int] {
        let all = try await status(of: ids)
        return try ids.map { try #require(all[$0]?.position) }
    }
}

/// A store's answer that makes the rest of a test pointless.
struct UnexpectedAnswer: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Random numbers that a seed repeats (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
