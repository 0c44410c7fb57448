import Foundation
import Testing

/// The drills of `drills/` and the fuzz run in their quick forms: processes are killed, stores become unavailable, clients are malicious.
/// The time limit ends what hangs; each takes a quarter of a minute on an idle machine.
@Suite(.timeLimit(.minutes(8))) struct DrillTests {
    @Test(arguments: ["sqlite", "redis"])
    func `no accepted job is lost or done twice when processes are killed`(store: String) async throws {
        try await Check.pass("drills/kill.py", "--store", store)
    }

    @Test func `a job that kills its worker three times is dead-lettered`() async throws {
        try await Check.pass("drills/poison.py")
    }

    @Test func `Redis may become unavailable and come back`() async throws { try await Check.pass("drills/redis_away.py") }

    @Test func `the disk of the queue may fill up`() async throws { try await Check.pass("drills/disk_full.py") }

    @Test func `malicious clients keep nobody from being served and leave nothing behind`() async throws {
        try await Check.pass("drills/hostile.py")
    }

    @Test func `one address takes at most half of the connections`() async throws {
        try await Check.pass("drills/one_address.py")
    }

    @Test func `the clock may jump by a day`() async throws { try await Check.pass("drills/clock.py") }

    @Test(arguments: ["death", "hang", "update", "reload", "orphans", "scale", "mistakes"])
    func `a worker pool keeps its promises`(part: String) async throws { try await Check.pass("drills/pool.py", "--part", part) }

    @Test func `ten thousand malformed requests crash nothing`() async throws { try await Check.pass("fuzz/run") }
}
