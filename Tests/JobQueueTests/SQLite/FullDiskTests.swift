import Foundation
import JobQueue
import JobQueueSQLite
import Testing

@Suite(.timeLimit(.minutes(5))) struct FullDiskTests {
    /// Adds jobs until there is no room; the jobs that were taken, and the reason for the end.
    private func fill(_ store: SQLiteJobStore) async throws -> ([JobID], String) {
        var ids: [JobID] = []
        while true {
            let job = submission(bytes: 20_000)
            do {
                _ = try await store.add(job)
            } catch {
                return (ids, error.description)
            }
            ids.append(job.id)
        }
    }

    @Test func `without room new jobs are refused, those taken are safe, and room helps at once`() async throws {
        let folder = try JobFolder()
        defer { folder.remove() }
        let store = try SQLiteJobStore(path: folder.path("jobs.db"), maximumFileBytes: 400_000)
        let (ids, reason) = try await fill(store)
        #expect(ids.count > 5)
        #expect(reason.contains("no room") && reason.contains("Free some space") && reason.contains("safe"))
        #expect(!reason.contains("jobs.db"), "clients see the reason, and paths are not theirs")
        #expect(try await store.load().queued == ids.count)
        #expect(try await store.positions(of: ids) == Array(1..<(ids.count + 1)))

        let claim = try await store.claimNow()
        #expect(try await store.renewLease([ids[0]: JobProgress(layer: 1, layers: 2)], by: "w1").isEmpty)
        #expect(try await store.finish(claim, with: .success(picture())))
        _ = try await store.cancel(ids[1])
        _ = try await store.addOne(bytes: 10_000)
        await store.close()
    }

    @Test func `a result that does not fit leaves the job with its worker`() async throws {
        let folder = try JobFolder()
        defer { folder.remove() }
        let store = try SQLiteJobStore(path: folder.path("jobs.db"), maximumFileBytes: 400_000)
        let (ids, _) = try await fill(store)
        let claim = try await store.claimNow()
        await #expect(throws: JobStoreError.self) { try await store.finish(claim, with: .success(picture(bytes: 200_000))) }
        #expect(try await store.known(ids[0]).state == .running)
        #expect(try await store.renewLease([ids[0]: nil], by: "w1").isEmpty)
        for id in ids[1...].prefix(12) { _ = try await store.cancel(id) }
        #expect(try await store.finish(claim, with: .success(picture(bytes: 200_000))))
        #expect(try await store.result(of: ids[0])?.bytes.count == 200_000)
        await store.close()
    }
}
