import Foundation
package import JobQueue

/// Jobs in Redis 7 or Valkey: any number of processes on one queue.
///
/// A job that `add` has taken outlives every process; it outlives Redis as far as Redis' own persistence goes (`appendonly yes`).
/// Each change is one script that Redis runs as a whole, so a process or a connection that dies at any instant leaves nothing
/// half done. When Redis is away every call throws `unavailable`, at the latest after a few seconds; nothing is kept for later,
/// and the first call after a short pause tries again. Redis must not evict (`maxmemory-policy noeviction`, its default, or a
/// `volatile-` one).
///
/// The time is that of Redis. A waiting job's position is its true place in the order of claims; it grows only when other clients
/// come or when a worker's jobs come back to the queue.
package final class RedisJobStore: JobStore {
    /// After this long without a word a process counts as gone in `load().workers`.
    static let silence: Duration = .seconds(10)
    /// After this long without a job a worker is taken off the consumer group's list.
    static let rest: Duration = .seconds(3_600)

    private let limits: JobStoreLimits
    private let prefix: String
    /// Names this process among those on the queue.
    private let process = JobID().text
    private let timeShift: @Sendable () -> Duration
    private let connection: RedisConnection
    private let listener: RedisConnection
    private let notifications: RedisJobNotifications

    /// Makes a store; it connects at the first call. Processes with the same address and `namespace` share a queue.
    ///
    /// - Parameter namespace: what the keys begin with, without braces, colons or spaces.
    /// - Parameter timeShift: added to Redis' time, so that a test can turn it on; claims, deadlines and the life of results
    ///   follow.
    package init(
        at address: RedisAddress, limits: JobStoreLimits = JobStoreLimits(), namespace: String = "sakuga",
        timeShift: @escaping @Sendable () -> Duration = { .zero }, onWait: @escaping @Sendable () -> Void = {}
    ) {
        self.limits = limits
        self.timeShift = timeShift
        prefix = "\(namespace):{\(namespace)}:"
        connection = RedisConnection(to: address)
        listener = RedisConnection(to: address)
        notifications = RedisJobNotifications(key: prefix + "bell", connection: listener, onWait: onWait)
    }

    /// Takes a job in. Sent again after a broken connection it is still in once.
    package func add(_ job: JobSubmission) async throws(JobStoreError) -> JobAdmission {
        let word = job.idempotency.map { "key:\(job.client.utf8.count):\(job.client):\($0.key)" } ?? ""
        let left = job.deadline.map { milliseconds(.seconds($0.timeIntervalSinceNow) - timeShift()) } ?? ""
        let head = [
            job.id.text, job.client, word, job.idempotency?.fingerprint ?? "", "\(job.request.image.count)",
            "\(limits.queuedJobs)", "\(limits.queuedBytes)", left,
        ]
        let answer = try await run(.add, head, JobFields.list(for: job)).list
        switch answer.first?.text {
        case "added": return .added(position: answer.last?.integer ?? 1)
        case "existing":
            guard let id = answer.last?.text.flatMap({ JobID($0) }) else { throw unreadable("add") }
            return .existing(id)
        case "reused": throw .keyReused
        case "jobs": throw .tooManyJobs(limit: limits.queuedJobs)
        case "bytes": throw .tooManyBytes(limit: limits.queuedBytes)
        default: throw unreadable("add")
        }
    }

    /// Takes the next job; waits on one connection for all that wait here.
    package func claim(by worker: String, waitingUpTo timeout: Duration) async throws(JobStoreError) -> JobClaim? {
        let end = ContinuousClock.now + timeout
        while !Task.isCancelled {
            let answer = try await run(.claim, [worker, JobID().text, milliseconds(limits.leaseDuration)])
            guard let count = answer.integer else { return try JobHash(answer).claim(by: worker) }
            let left = end - .now
            if left <= .zero { break }
            try await notifications.wait(after: count, upTo: left)
        }
        return nil
    }

    /// Renews claims, also in the consumer group.
    package func renewLease(_ jobs: [JobID: JobProgress?], by worker: String) async throws(JobStoreError) -> Set<JobID> {
        if jobs.isEmpty { return [] }
        var list: [[UInt8]] = []
        for (id, progress) in jobs {
            list.append(Array(id.text.utf8))
            if let progress { list.append(try JobFields.json(progress)) } else { list.append([]) }
        }
        let answer = try await run(.renewLease, [worker, milliseconds(limits.leaseDuration)], list)
        return Set(answer.list.compactMap { $0.text.flatMap { JobID($0) } })
    }

    /// Ends a claim. When the answer is lost with the connection, the second try is told the same.
    package func finish(
        _ claim: JobClaim, with outcome: Result<JobResult, JobError>
    ) async throws(JobStoreError) -> Bool {
        let state: JobState
        let size: Int
        let fields: [[UInt8]]
        switch outcome {
        case .success(let result): (state, size, fields) = (.done, result.bytes.count, try JobFields.list(for: result))
        case .failure(let error): (state, size, fields) = (.failed, 0, [Array("failure".utf8), try JobFields.json(error)])
        }
        let head = words(for: claim) + [state.rawValue, milliseconds(limits.resultLifetime), "\(size)"]
        return try await run(.finish, head, fields).integer == 1
    }

    /// Puts a job back to its place.
    package func release(_ claim: JobClaim) async throws(JobStoreError) {
        _ = try await run(.release, words(for: claim))
    }

    /// Stops a job.
    package func cancel(_ id: JobID) async throws(JobStoreError) -> JobStatus? {
        try JobStatus(try await run(.cancel, [id.text, milliseconds(limits.resultLifetime)]), id: id)
    }

    /// One script for all ids.
    package func status(of ids: [JobID]) async throws(JobStoreError) -> [JobID: JobStatus] {
        if ids.isEmpty { return [:] }
        var all: [JobID: JobStatus] = [:]
        let answer = try await run(.status, ids.map(\.text)).list
        for (id, reply) in zip(ids, answer) { all[id] = try JobStatus(reply, id: id) }
        return all
    }

    /// The picture of a job that is done.
    package func result(of id: JobID) async throws(JobStoreError) -> JobResult? {
        let fields = try await connection.run(
            .plain("HMGET", "\(prefix)job:\(id.text)", "state", "type", "width", "height", "timings", "result")
        ).list
        guard fields.count == 6, fields[0].text == JobState.done.rawValue else { return nil }
        guard let mediaType = fields[1].text, let width = fields[2].integer, let height = fields[3].integer,
            let timings = fields[4].bytes, let bytes = fields[5].bytes
        else { throw unreadable("result") }
        return JobResult(
            bytes: bytes, mediaType: mediaType, width: width, height: height,
            timings: try JobFields.value(of: [StageTiming].self, in: timings))
    }

    /// How much is in the queue of all processes; says that this one lives.
    package func load() async throws(JobStoreError) -> JobStoreLoad {
        let numbers = try await run(.load, [milliseconds(Self.silence)]).list.compactMap(\.integer)
        guard numbers.count == 5 else { throw unreadable("load") }
        return JobStoreLoad(
            queued: numbers[0], queuedBytes: numbers[1], running: numbers[2], resultBytes: numbers[3], workers: numbers[4])
    }

    /// Does what time asks for, at most 500 jobs of each kind at once; says that this process lives.
    package func sweep() async throws(JobStoreError) -> JobStoreSweep {
        let failure = try JobFields.json(JobError.workerDied(times: limits.attempts))
        let arguments = [milliseconds(limits.resultLifetime), "\(limits.resultBytes)", "\(limits.attempts)"].map {
            Array($0.utf8)
        }
        let more = [
            "\(JobStoreLimits.finalJobs)", milliseconds(Self.silence), milliseconds(Self.rest),
            milliseconds(limits.leaseDuration),
        ].map { Array($0.utf8) }
        let answer = try await run(.sweep, [], arguments + [failure] + more)
        let numbers = answer.list.compactMap(\.integer)
        guard numbers.count == 4 else { throw unreadable("sweep") }
        return JobStoreSweep(expired: numbers[0], reclaimed: numbers[1], deadLettered: numbers[2], removed: numbers[3])
    }

    /// Ends threads and connections, and tells the other processes.
    package func close() async {
        // So that the others do not count on this one; where it can't be said they find out.
        _ = try? await connection.run(.plain("ZREM", prefix + "workers", process))
        await connection.close()
        await listener.close()
    }

    private func words(for claim: JobClaim) -> [String] { [claim.submission.id.text, claim.worker, "\(claim.attempt)"] }

    private func milliseconds(_ duration: Duration) -> String { "\(Int64(duration / .milliseconds(1)))" }

    private func run(_ script: RedisScript, _ words: [String], _ bytes: [[UInt8]] = []) async throws(JobStoreError) -> RedisReply
    {
        let head = [milliseconds(timeShift()), process].map { Array($0.utf8) }
        return try await connection.run(
            .script(script, prefix: prefix, arguments: head + words.map { Array($0.utf8) } + bytes))
    }

    private func unreadable(_ call: String) -> JobStoreError {
        .damaged("Redis gave an answer to “\(call)” that makes no sense. Do all processes run the same version?")
    }
}
