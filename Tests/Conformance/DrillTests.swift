import Foundation
import Testing

/// The drills of `drills/` and the fuzz run in their quick forms: processes that are killed, stores that go away, clients that mean no good.
/// The limit only ends what hangs; each takes a quarter of a minute on a machine of its own.
@Suite(.timeLimit(.minutes(8))) struct DrillTests {
    @Test(arguments: ["sqlite", "redis"])
    func `no accepted job is lost or done twice when processes are killed`(store: String) async throws {
        try await pass("drills/kill.py", "--store", store)
    }

    @Test func `a job that kills its worker three times is dead-lettered`() async throws { try await pass("drills/poison.py") }

    @Test func `Redis may go away and come back`() async throws { try await pass("drills/redis_away.py") }

    @Test func `the disk of the queue may fill up`() async throws { try await pass("drills/disk_full.py") }

    @Test func `hostile clients keep nobody from being served and leave nothing behind`() async throws {
        try await pass("drills/hostile.py")
    }

    @Test func `one address takes at most half of the connections`() async throws { try await pass("drills/one_address.py") }

    @Test func `the clock may jump by a day`() async throws { try await pass("drills/clock.py") }

    @Test(arguments: ["death", "hang", "update", "reload", "orphans", "scale", "mistakes"])
    func `a worker pool keeps its promises`(part: String) async throws { try await pass("drills/pool.py", "--part", part) }

    @Test func `ten thousand spoilt requests crash nothing`() async throws { try await pass("fuzz/run") }

    /// What a drill exits with where the machine lacks what it needs (root, a C compiler): it says what on its output.
    private static let skipped: Int32 = 77

    private func pass(_ drill: String, _ arguments: String...) async throws {
        let path = Program.root.appending(path: "Tests/Conformance/\(drill)").path
        let outcome = try await Program.run(
            Program.python, [path, "--quick", "--sakuga", Program.sakuga] + arguments, in: Program.root)
        if outcome.status == Self.skipped { print("\(drill): \(outcome.output)") }
        #expect(outcome.status == 0 || outcome.status == Self.skipped, "\(drill)\n\(outcome.output)\n\(outcome.errors)")
    }
}
