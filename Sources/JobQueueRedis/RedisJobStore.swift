import Foundation
package import JobQueue

/// Jobs in Redis 7 or Valkey: any number of processes on one queue.
///
/// An accepted job outlives every process; it outlives Redis as far as Redis' own persistence goes (`appendonly yes`). Each change is
/// one script that Redis runs as a whole, so a process or a connection that dies at any instant leaves nothing half done. While Redis
/// is away every call throws `unavailable`, after a few seconds at most; nothing is buffered, and the first call after a short delay
/// connects again. Redis must not evict keys (`maxmemory-policy noeviction`, its default, or a `volatile-` one).
///
/// The time is that of Redis. A waiting job's position grows only when other clients submit jobs or a worker's jobs return to the
/// queue.
package final class RedisJobStore: JobStore {
    /// A process that has made no call for so long is not counted in `load().workers`.
    static let silence: Duration = .seconds(10)
    /// The version of the keys' names and contents. A release that changes what is stored gets a new one, so that processes of
    /// different versions never read each other's jobs. Version 1 had no version in its keys.
    static let keyVersion = 2

    private let limits: JobStoreLimits
    private let prefix: String
    /// The name of this process among those on the queue.
    private let process = JobID().text
    private let timeShift: @Sendable () -> Duration
    private let connection: RedisConnection
    private let listener: RedisConnection
    private let notifications: RedisJobNotifications

    /// Makes a store; it connects for its first call. Processes with the same address and `namespace` share a queue.
    ///
    /// - Parameters:
    ///   - namespace: the beginning of all keys, without braces, colons or spaces.
    ///   - timeShift: added to the time of Redis; tests advance leases, deadlines and the lifetime of results with it.
    ///   - onWait: called each time a claim has begun to wait for a job.
    package init(
        at address: RedisAddress, limits: JobStoreLimits = JobStoreLimits(), namespace: String = "sakuga",
        timeShift: @escaping @Sendable () -> Duration = { .zero }, onWait: @escaping @Sendable () -> Void = {}
    ) {
        self.limits = limits
        self.timeShift = timeShift
        prefix = "\(namespace):{\(namespace)}:v\(Self.keyVersion):"
        connection = RedisConnection(to: address)
        listener = RedisConnection(to: address)
        notifications = RedisJobNotifications(key: prefix + "notifications", connection: listener, onWait: onWait)
    }

    /// Accepts a job. A job that is sent again after a broken connection is added once.
    package func add(_ job: JobSubmission) async throws(JobStoreError) -> JobAdmission {
        let idempotency = job.idempotency.map { "key:\(job.client.utf8.count):\(job.client):\($0.key)" } ?? ""
        let left = job.deadline.map { milliseconds(.seconds($0.timeIntervalSinceNow) - timeShift()) } ?? ""
        let head = [
            job.id.text, job.client, idempotency, job.idempotency?.fingerprint ?? "", "\(job.request.image.count)",
            "\(limits.queuedJobs)", "\(limits.queuedBytes)", left,
        ]
        let reply = try await run(.add, head, JobFields.list(for: job)).list
        switch reply.first?.text {
        case "added": return .added(position: reply.last?.integer ?? 1)
        case "existing":
            guard let id = reply.last?.text.flatMap({ JobID($0) }) else { throw unexpected("add") }
            return .existing(id)
        case "reused": throw .keyReused
        case "jobs": throw .tooManyJobs(limit: limits.queuedJobs)
        case "bytes": throw .tooManyBytes(limit: limits.queuedBytes)
        default: throw unexpected("add")
        }
    }

    /// Takes the next job, or waits for one. All that wait in this process share one connection.
    package func claim(by worker: String, waitingUpTo timeout: Duration) async throws(JobStoreError) -> JobClaim? {
        let end = ContinuousClock.now + timeout
        while !Task.isCancelled {
            let reply = try await run(.claim, [worker, JobID().text, milliseconds(limits.leaseDuration)])
            guard let count = reply.integer else { return try JobHash(reply).claim(by: worker) }
            let left = end - .now
            if left <= .zero { break }
            try await notifications.wait(after: count, upTo: left)
        }
        return nil
    }

    /// Renews a worker's leases.
    package func renewLease(_ jobs: [JobID: JobProgress?], by worker: String) async throws(JobStoreError) -> Set<JobID> {
        if jobs.isEmpty { return [] }
        var list: [[UInt8]] = []
        for (id, progress) in jobs {
            list.append(Array(id.text.utf8))
            if let progress { list.append(try JobFields.json(progress)) } else { list.append([]) }
        }
        let reply = try await run(.renewLease, [worker, milliseconds(limits.leaseDuration)], list)
        return Set(reply.list.compactMap { $0.text.flatMap { JobID($0) } })
    }

    /// Acknowledges a claim. When the reply is lost with the connection, the second attempt returns the same.
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
        let head = arguments(for: claim) + [state.rawValue, milliseconds(limits.resultLifetime), "\(size)"]
        return try await run(.finish, head, fields).integer == 1
    }

    /// Returns a claimed job to the queue.
    package func release(_ claim: JobClaim) async throws(JobStoreError) {
        _ = try await run(.release, arguments(for: claim))
    }

    /// Cancels a job.
    package func cancel(_ id: JobID) async throws(JobStoreError) -> JobStatus? {
        try JobStatus(try await run(.cancel, [id.text, milliseconds(limits.resultLifetime)]), id: id)
    }

    /// The status of these jobs, by one script.
    package func status(of ids: [JobID]) async throws(JobStoreError) -> [JobID: JobStatus] {
        if ids.isEmpty { return [:] }
        var all: [JobID: JobStatus] = [:]
        let replies = try await run(.status, ids.map(\.text)).list
        for (id, reply) in zip(ids, replies) { all[id] = try JobStatus(reply, id: id) }
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
        else { throw unexpected("result") }
        return JobResult(
            bytes: bytes, mediaType: mediaType, width: width, height: height,
            timings: try JobFields.value(of: [StageTiming].self, in: timings))
    }

    /// How much the queue of all processes holds; records that this one lives.
    package func load() async throws(JobStoreError) -> JobStoreLoad {
        let numbers = try await run(.load, [milliseconds(Self.silence)]).list.compactMap(\.integer)
        guard numbers.count == 5 else { throw unexpected("load") }
        return JobStoreLoad(
            queued: numbers[0], queuedBytes: numbers[1], running: numbers[2], resultBytes: numbers[3], workers: numbers[4])
    }

    /// Expires, reclaims, dead-letters and removes what is due, at most 500 jobs of each kind at once; records that this process lives.
    package func sweep() async throws(JobStoreError) -> JobStoreSweep {
        let failure = try JobFields.json(JobError.workerDied(times: limits.attempts))
        let head = [milliseconds(limits.resultLifetime), "\(limits.resultBytes)", "\(limits.attempts)"]
        let tail = ["\(JobStoreLimits.finalJobs)", milliseconds(Self.silence), milliseconds(limits.leaseDuration)]
        let reply = try await run(.sweep, head, [failure] + tail.map { Array($0.utf8) })
        let numbers = reply.list.compactMap(\.integer)
        guard numbers.count == 4 else { throw unexpected("sweep") }
        return JobStoreSweep(expired: numbers[0], reclaimed: numbers[1], deadLettered: numbers[2], removed: numbers[3])
    }

    /// Ends threads and connections.
    package func close() async {
        // The other processes stop counting this one at once; if this fails, they do when it has been silent.
        _ = try? await connection.run(.plain("ZREM", prefix + "processes", process))
        await connection.close()
        await listener.close()
    }

    private func arguments(for claim: JobClaim) -> [String] { [claim.submission.id.text, claim.worker, "\(claim.attempt)"] }

    private func milliseconds(_ duration: Duration) -> String { "\(Int64(duration / .milliseconds(1)))" }

    private func run(_ script: RedisScript, _ words: [String], _ bytes: [[UInt8]] = []) async throws(JobStoreError) -> RedisReply
    {
        let head = [milliseconds(timeShift()), process].map { Array($0.utf8) }
        return try await connection.run(
            .script(script, prefix: prefix, arguments: head + words.map { Array($0.utf8) } + bytes))
    }

    private func unexpected(_ call: String) -> JobStoreError {
        .damaged("Redis sent an unexpected reply to “\(call)”. Do all processes run the same version?")
    }
}
