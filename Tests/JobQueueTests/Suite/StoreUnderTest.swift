import Foundation
import JobQueue
import Testing

/// A kind of store that has to pass the shared suite.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
    /// What the test's name says: `memory`, `sqlite`, …
    var name: String
    /// Whether it can be tried here (a server may be missing).
    var isAvailable: Bool = true
    /// Makes a fresh, empty store.
    var open: @Sendable (JobStoreLimits) async throws -> OpenStore

    var testDescription: String { name }

    /// Runs `body` on a fresh store and tidies up after it.
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

/// A store that a test works on, and how the test turns its time on.
struct OpenStore: Sendable {
    /// The store.
    var store: any JobStore
    /// The store's date. It may go on by itself (a server's does), so the suite counts in steps much longer than a test takes.
    var now: @Sendable () async throws -> Date
    /// Turns the store's date, and its measure of workers' silence, on.
    var advance: @Sendable (Duration) async throws -> Void
    /// A handle on the same data as the process has that comes after a `kill -9`: the first store is neither closed nor used again.
    /// Nil where nothing outlives the process.
    var restart: (@Sendable () async throws -> any JobStore)? = nil
    /// A handle on the same data as another living process has at the same time. Nil where a store cannot be shared.
    var peer: (@Sendable () async throws -> any JobStore)? = nil
    /// Removes what was made; the stores made by `restart` and `peer` are closed too.
    var cleanUp: @Sendable () async -> Void = {}
}
