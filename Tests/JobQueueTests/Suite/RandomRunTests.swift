import Foundation
import JobQueue
import Testing

@Suite(.timeLimit(.minutes(5))) struct RandomRunTests {
    @Test(arguments: storesUnderTest, [1, 2, 3, 4] as [UInt64])
    func `random calls lose nothing, finish each job once and keep every limit`(
        _ under: StoreUnderTest, _ seed: UInt64
    ) async throws {
        let limits = JobStoreLimits(
            queuedJobs: 12, queuedBytes: 60, resultLifetime: .seconds(9_500), resultBytes: 45, leaseDuration: .seconds(2_500),
            attempts: 3
        )
        try await under.run(limits) { opened async throws in
            var run = RandomRun(opened: opened, limits: limits, seed: seed)
            for _ in 0..<300 { try await run.step() }
            try await run.runDown()
        }
    }

    @Test(arguments: storesUnderTest) func `workers side by side finish each job once`(_ under: StoreUnderTest) async throws {
        try await under.run { opened async throws in
            let store = opened.store
            let finishes = EventCounter()
            let finished = try await withThrowingTaskGroup(of: [JobID].self) { group in
                for number in 0..<6 {
                    group.addTask {
                        var mine: [JobID] = []
                        while let claim = try await store.claim(by: "w\(number)", waitingUpTo: .seconds(600)) {
                            if try await store.finish(claim, with: .success(picture(bytes: 1))) {
                                mine.append(claim.submission.id)
                                finishes.record()
                            }
                        }
                        return mine
                    }
                }
                let added = try await addFromManySides(store)
                await finishes.wait(for: added.count)
                #expect(try await store.load() == JobStoreLoad(resultBytes: added.count))
                group.cancelAll()
                var finished: [JobID] = []
                for try await some in group { finished += some }
                #expect(Set(finished) == Set(added))
                return finished
            }
            #expect(finished.count == 120)
        }
    }

    private func addFromManySides(_ store: any JobStore) async throws -> [JobID] {
        try await withThrowingTaskGroup(of: [JobID].self) { group in
            for client in ["ann", "bob", "eve"] {
                group.addTask { try await store.addMany(40, of: client) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}

/// One random run against the model.
private struct RandomRun {
    let opened: OpenStore
    var random: SeededRandom
    var model: StoreModel
    /// Every claim that was ever made, lost ones too: stale calls must do nothing.
    var claims: [JobClaim] = []
    var finishes: [JobID: Int] = [:]
    let workers = ["w1", "w2", "w3"]
    let clients = ["ann", "bob", "eve"]

    private var store: any JobStore { opened.store }

    init(opened: OpenStore, limits: JobStoreLimits, seed: UInt64) {
        self.opened = opened
        random = SeededRandom(seed: seed)
        model = StoreModel(limits: limits)
    }

    mutating func step() async throws {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<7: try await add()
        case 7..<11: try await claim()
        case 11..<13: try await finish()
        case 13: try await release()
        case 14: try await cancel()
        case 15..<17: try await renewLease()
        case 17: try await sweep()
        default:
            model.time += 1
            try await opened.advance(.seconds(1_000))
        }
        try await check()
    }

    private mutating func add() async throws {
        let bytes = Int.random(in: 0...9, using: &random)
        let deadline = Bool.random(using: &random) ? nil : model.time + Int.random(in: 0...4, using: &random)
        let ahead = deadline.map { Double($0 - model.time) * 1_000 + 500 }
        let date = try await opened.now()
        let job = submission(clients.randomElement(using: &random)!, bytes: bytes, deadline: ahead.map(date.addingTimeInterval))
        if let refusal = model.refusal(bytes: bytes) {
            await #expect(throws: refusal) { try await store.add(job) }
        } else {
            guard case .added = try await store.add(job) else { throw UnexpectedAnswer("a new job was not added") }
            model.add(job.id, bytes: bytes, deadline: deadline)
        }
    }

    private mutating func claim() async throws {
        let worker = workers.randomElement(using: &random)!
        let fresh = model.ids(.queued).filter(model.isFresh)
        let statuses = try await store.status(of: fresh)
        let next = fresh.min { (statuses[$0]?.position ?? .max) < (statuses[$1]?.position ?? .max) }
        let claim = try await store.claim(by: worker, waitingUpTo: .zero)
        #expect(claim?.submission.id == next)
        guard let claim else { return }
        model.claim(claim.submission.id, by: worker)
        #expect(claim.attempt == model.jobs[claim.submission.id]?.attempts)
        claims.append(claim)
    }

    private mutating func finish() async throws {
        guard let claim = claims.suffix(10).randomElement(using: &random) else { return }
        let id = claim.submission.id
        let works = Int.random(in: 0..<4, using: &random) > 0
        let held = model.holds(claim)
        let outcome: Result<JobResult, JobError> =
            works ? .success(picture(bytes: 10)) : .failure(JobError(.internal, "No luck."))
        #expect(try await store.finish(claim, with: outcome) == held)
        guard held else { return }
        finishes[id, default: 0] += 1
        model.end(id, as: works ? .done : .failed, resultBytes: works ? 10 : 0)
    }

    private mutating func release() async throws {
        guard let claim = claims.suffix(10).randomElement(using: &random) else { return }
        try await store.release(claim)
        if model.holds(claim) { model.release(claim.submission.id) }
    }

    private mutating func cancel() async throws {
        guard let id = model.jobs.keys.sorted(by: { $0.text < $1.text }).randomElement(using: &random) else { return }
        if model.jobs[id]?.state.isFinal == false { model.end(id, as: .cancelled) }
        #expect(try await store.cancel(id)?.state == model.jobs[id]?.state)
    }

    private mutating func renewLease() async throws {
        let worker = workers.randomElement(using: &random)!
        let ids = Set(claims.suffix(10).filter { $0.worker == worker }.map(\.submission.id))
        let held = ids.filter { model.jobs[$0]?.state == .running && model.jobs[$0]?.worker == worker }
        let stop = try await store.renewLease(Dictionary(uniqueKeysWithValues: ids.map { ($0, nil) }), by: worker)
        #expect(stop == ids.subtracting(held))
        for id in held { model.renewLease(id) }
    }

    private mutating func sweep() async throws {
        var expected = model.sweep(leaseDuration: 2, resultLifetime: 9)
        let report = try await store.sweep()
        let present = try await store.status(of: Array(model.jobs.keys))
        let gone = model.jobs.filter { present[$0.key] == nil }
        expected.removed += gone.count
        #expect(report == expected)
        let oldestKept = present.keys.compactMap { model.jobs[$0] }.filter { $0.state == .done }.map(\.since).min() ?? .max
        for (id, job) in gone {
            #expect(job.state == .done, "only results go for the byte budget")
            #expect(job.since <= oldestKept, "the oldest go first")
            model.forget(id)
        }
        #expect(model.load.resultBytes <= model.limits.resultBytes)
        if !gone.isEmpty { #expect(model.load.resultBytes + 10 > model.limits.resultBytes, "no more go than must") }
    }

    /// Compares all that the store says with the model.
    private func check() async throws {
        let statuses = try await store.status(of: Array(model.jobs.keys))
        #expect(statuses.mapValues(\.state) == model.jobs.mapValues(\.state))
        #expect(statuses.mapValues(\.attempts) == model.jobs.mapValues(\.attempts))
        let positions = statuses.values.compactMap(\.position).sorted()
        #expect(positions == Array(1..<(model.load.queued + 1)), "the positions are 1, 2, 3, … without gaps")
        #expect(try await store.load() == model.load)
        #expect(finishes.values.allSatisfy { $0 == 1 })
    }

    /// Runs what is left: every job must reach its end.
    mutating func runDown() async throws {
        while model.load.queued + model.load.running > 0 {
            try await sweep()
            if let claim = try await store.claim(by: "w1", waitingUpTo: .zero) {
                #expect(try await store.finish(claim, with: .success(picture(bytes: 10))))
                model.claim(claim.submission.id, by: "w1")
                model.end(claim.submission.id, as: .done, resultBytes: 10)
            } else {
                model.time += 3
                try await opened.advance(.seconds(3_000))
            }
            try await check()
        }
    }
}
