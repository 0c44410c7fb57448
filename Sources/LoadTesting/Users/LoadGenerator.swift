/// Virtual users, or arrivals, that load one target from a few event loops.
///
/// Every user lives on one event loop as a small state machine with a connection of its own; a request costs no task, no hop
/// between threads and next to no allocation. What happens is recorded where it happens and collected now and then.
package final class LoadGenerator: Sendable {
    /// Makes the threads and one connection to the target (with its TLS handshake), and closes it again: nothing is sent.
    package static func start(_ settings: GeneratorSettings) async throws(UnreachableTarget) -> LoadGenerator {
        LoadGenerator()
    }

    /// Closed model: from now on there are `count` users. New ones come at `spawnRate` a second (infinite: at once); those who are
    /// too many leave after the request that they are in, at once if they wait. May be called at any time, also while others spawn.
    package func setUsers(_ count: Int, spawnRate: Double = .infinity) {}

    /// Open model: from now on `perSecond` requests arrive a second; 0 stops them.
    package func setRate(_ perSecond: Double) {}

    /// What happened since the last call. Meant for once a second or so; calls must not overlap.
    package func collect() async -> GeneratorWindow { GeneratorWindow(counts: WindowCounts(labels: [])) }

    /// Lets the users finish what they are in for at most `grace`, cuts the rest, ends the threads. The last window. To be
    /// called once, and always, also after an error elsewhere.
    package func stop(grace: Duration) async -> GeneratorWindow { GeneratorWindow(counts: WindowCounts(labels: [])) }
}
