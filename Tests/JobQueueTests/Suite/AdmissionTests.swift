import Foundation
import JobQueue
import Testing

@Suite(.timeLimit(.minutes(5))) struct AdmissionTests {
    @Test(arguments: storesUnderTest) func `a job goes in and comes out exactly as it was sent`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run(.slow) { opened async throws in
            let now = try await opened.now()
            let request = JobRequest(
                image: (0...255).map { UInt8($0) } + [0, 10, 13, 0], style: "hayao ✿", size: 768, fit: .cover, format: .webp,
                quality: 81)
            let job = JobSubmission(
                client: "key:北京\n'\"%", request: request, submitted: Date(timeIntervalSince1970: 1_800_000_001.5),
                deadline: Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded() + 5_000),
                idempotency: .init(key: "a b ✿", fingerprint: "sha"), requestID: "r-1")
            #expect(try await opened.store.add(job) == .added(position: 1))
            let claim = try await opened.store.claimNow(by: "w1")
            #expect(claim == JobClaim(submission: job, worker: "w1", attempt: 1))
        }
    }

    @Test(arguments: storesUnderTest) func `parameters that were left out stay left out`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            let job = JobSubmission(
                client: "", request: JobRequest(image: []), submitted: Date(timeIntervalSince1970: 1_800_000_000))
            #expect(try await opened.store.add(job) == .added(position: 1))
            #expect(try await opened.store.claimNow().submission == job)
        }
    }

    @Test(arguments: storesUnderTest) func `each job learns its position and 1 is next`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            for position in 1...4 {
                #expect(try await opened.store.add(submission()) == .added(position: position))
            }
        }
    }

    @Test(arguments: storesUnderTest) func `a known key with the same request names the first job`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run { opened async throws in
            let key = JobSubmission.IdempotencyKey(key: "k", fingerprint: "f")
            let first = submission(key: key)
            #expect(try await opened.store.add(first) == .added(position: 1))
            #expect(try await opened.store.add(submission(key: key)) == .existing(first.id))
            #expect(try await opened.store.runAll() == [first.id])
            #expect(try await opened.store.add(submission(key: key)) == .existing(first.id))
        }
    }

    @Test(arguments: storesUnderTest) func `a known key with another request is an error`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            _ = try await opened.store.add(submission(key: .init(key: "k", fingerprint: "f")))
            await #expect(throws: JobStoreError.keyReused) {
                try await opened.store.add(submission(key: .init(key: "k", fingerprint: "g")))
            }
            #expect(try await opened.store.load().queued == 1)
        }
    }

    @Test(arguments: storesUnderTest) func `each client has its own keys`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            _ = try await opened.store.add(submission("ann", key: .init(key: "k", fingerprint: "f")))
            #expect(try await opened.store.add(submission("bob", key: .init(key: "k", fingerprint: "g"))) == .added(position: 2))
        }
    }

    @Test(arguments: storesUnderTest) func `a key lives as long as its job`(_ under: StoreUnderTest) async throws {
        try await under.run(.slow) { opened async throws in
            let first = submission(key: .init(key: "k", fingerprint: "f"))
            _ = try await opened.store.add(first)
            _ = try await opened.store.runAll()
            try await opened.advance(.seconds(200_000))
            #expect(try await opened.store.sweep() == JobStoreSweep(removed: 1))
            #expect(try await opened.store.add(submission(key: .init(key: "k", fingerprint: "g"))) == .added(position: 1))
        }
    }

    @Test(arguments: storesUnderTest) func `the same job offered again is not added again`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            let job = submission()
            _ = try await opened.store.add(job)
            #expect(try await opened.store.add(job) == .existing(job.id))
            #expect(try await opened.store.runAll() == [job.id])
        }
    }

    @Test(arguments: storesUnderTest) func `no more jobs wait than may`(_ under: StoreUnderTest) async throws {
        try await under.run(JobStoreLimits(queuedJobs: 2)) { opened async throws in
            let key = JobSubmission.IdempotencyKey(key: "k", fingerprint: "f")
            let first = submission(key: key)
            _ = try await opened.store.add(first)
            let second = try await opened.store.addOne()
            await #expect(throws: JobStoreError.tooManyJobs(limit: 2)) { try await opened.store.add(submission()) }
            #expect(try await opened.store.add(submission(key: key)) == .existing(first.id), "a known job needs no room")
            _ = try await opened.store.claimNow()
            _ = try await opened.store.addOne()
            await #expect(throws: JobStoreError.tooManyJobs(limit: 2)) { try await opened.store.add(submission()) }
            _ = try await opened.store.cancel(second)
            _ = try await opened.store.addOne()
        }
    }

    @Test(arguments: storesUnderTest) func `waiting pictures take no more bytes than they may`(
        _ under: StoreUnderTest
    ) async throws {
        try await under.run(JobStoreLimits(queuedBytes: 100)) { opened async throws in
            _ = try await opened.store.addOne(bytes: 60)
            await #expect(throws: JobStoreError.tooManyBytes(limit: 100)) { try await opened.store.add(submission(bytes: 41)) }
            _ = try await opened.store.addOne(bytes: 40)
            #expect(try await opened.store.load().queuedBytes == 100)
            _ = try await opened.store.claimNow()
            #expect(try await opened.store.load().queuedBytes == 40)
            _ = try await opened.store.addOne(bytes: 60)
        }
    }

    @Test(arguments: storesUnderTest) func `a deadline that passes ends the job unstarted`(_ under: StoreUnderTest) async throws {
        try await under.run(.slow) { opened async throws in
            let now = try await opened.now()
            let late = try await opened.store.addOne(deadline: now.addingTimeInterval(5_000))
            let later = try await opened.store.addOne(deadline: now.addingTimeInterval(50_000))
            try await opened.advance(.seconds(6_000))
            #expect(try await opened.store.claimNow().submission.id == later)
            #expect(try await opened.store.claim(by: "w1", waitingUpTo: .zero) == nil)
            #expect(try await opened.store.sweep() == JobStoreSweep(expired: 1))
            let status = try await opened.store.known(late)
            #expect(status.state == .expired)
            #expect(status.finished != nil)
            #expect(status.position == nil)
            #expect(status.attempts == 0)
            #expect(try await opened.store.load() == JobStoreLoad(running: 1))
            #expect(try await opened.store.sweep() == JobStoreSweep())
        }
    }
}
