import Foundation
import JobQueue
import Synchronization
import Testing

/// Every store that the suite tests. A new kind of store is one more name here.
let storesUnderTest: [StoreUnderTest] = [.memory, .sqlite, .redis, .socket]

/// A kind of store that has to pass the shared suite.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
    /// Its name in the tests' names: `memory`, `sqlite`, …
    var name: String
    /// Makes a fresh, empty store.
    var open: @Sendable (JobStoreLimits) async throws -> OpenStore

    var testDescription: String { name }

    /// Runs `body` on a fresh store and cleans up after it.
    func run(
        _ limits: JobStoreLimits = JobStoreLimits(), _ body: (OpenStore) async throws -> Void
    ) async throws {
        let opened = try await open(limits)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(opened)) } catch { outcome = .failure(error) }
        await opened.store.close()
        await opened.cleanUp()
        try outcome.get()
    }
}

/// A store that a test works on, and how the test advances its time.
struct OpenStore: Sendable {
    /// The store.
    var store: any JobStore
    /// The store's date. A server's goes on by itself, so the suite counts in steps much longer than a test takes.
    var now: @Sendable () async throws -> Date
    /// Advances the store's clocks.
    var advance: @Sendable (Duration) async throws -> Void
    /// Counts the claims that have begun to wait for a job.
    var waiting: EventCounter
    /// A handle on the same data as the process has that starts after a `kill -9`: the first store is neither closed nor used again.
    /// Nil where nothing outlives the process.
    var restart: (@Sendable () async throws -> any JobStore)? = nil
    /// A handle on the same data as another living process has at the same time. Nil where a store cannot be shared.
    var peer: (@Sendable () async throws -> any JobStore)? = nil
    /// Removes what was made; the stores made by `restart` and `peer` are closed, too.
    var cleanUp: @Sendable () async -> Void = {}

    /// Starts a claim and returns once it waits for a job. Its timeout is longer than the tests' time limit: only a notification ends
    /// it in time.
    func waitingClaim(by worker: String = "w1") async -> Task<JobClaim?, any Error> {
        let begun = waiting.count
        let claim = Task { [store] in try await store.claim(by: worker, waitingUpTo: .seconds(600)) }
        await waiting.wait(for: begun + 1)
        return claim
    }
}

extension StoreUnderTest {
    static let memory = StoreUnderTest(name: "memory") { limits in
        let clock = ManualClock(), waiting = EventCounter()
        return OpenStore(
            store: MemoryJobStore(limits: limits, clock: clock.jobClock, onWait: waiting.record),
            now: { clock.now }, advance: { clock.advance(by: $0) }, waiting: waiting)
    }
}

/// A clock that only a test turns on.
final class ManualClock: Sendable {
    private let seconds = Mutex(0.0)

    /// What a store takes.
    var jobClock: JobClock {
        JobClock(now: { self.now }, uptime: { self.seconds.withLock { $0 } })
    }

    /// The date it shows.
    var now: Date { Date(timeIntervalSince1970: 1_800_000_000 + seconds.withLock { $0 }) }

    /// Turns it on.
    func advance(by duration: Duration) {
        seconds.withLock { $0 += duration / .seconds(1) }
    }
}
