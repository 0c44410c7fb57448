import Foundation
import JobQueue
import JobQueueSQLite
import Testing

@Suite(.timeLimit(.minutes(5))) struct TornLogTests {
    // A power failure in the middle of a write leaves the log cut at any byte.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `a log cut anywhere gives the first jobs whole, never a torn one`(_ seed: UInt64) async throws {
        let folder = try JobFolder()
        defer { folder.remove() }
        var random = SeededRandom(seed: seed)
        let store = try SQLiteJobStore(path: folder.path("jobs.db"))
        var jobs: [JobSubmission] = []
        var logSizes: [Int] = []
        for number in 1...12 {
            let job = submission("ann", bytes: 500 * number)
            _ = try await store.add(job)
            jobs.append(job)
            logSizes.append(try log(of: folder).count)
        }
        let whole = try log(of: folder)
        for cut in 1...8 {
            let size = Int.random(in: 0...whole.count, using: &random)
            let name = "cut-\(cut).db"
            try FileManager.default.copyItem(atPath: folder.path("jobs.db"), toPath: folder.path(name))
            try whole.prefix(size).write(to: folder.url.appendingPathComponent(name + "-wal"))
            try await check(folder.path(name), holds: jobs, atLeast: logSizes.count { $0 <= size })
        }
        await store.close()
    }

    private func check(_ path: String, holds jobs: [JobSubmission], atLeast count: Int) async throws {
        let store = try SQLiteJobStore(path: path)
        var found: [JobSubmission] = []
        while let claim = try await store.claim(by: "w1", waitingUpTo: .zero) { found.append(claim.submission) }
        #expect(found.count >= count, "what was acknowledged is there")
        #expect(found == Array(jobs.prefix(found.count)))
        await store.close()
    }

    private func log(of folder: JobFolder) throws -> Data {
        try Data(contentsOf: folder.url.appendingPathComponent("jobs.db-wal"))
    }
}
