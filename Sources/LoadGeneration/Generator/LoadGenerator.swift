import NIOCore
import NIOPosix

/// Virtual users, or arrivals, that load one target from a few event loops.
///
/// Every user lives on one event loop as a small state machine with a connection of its own; a request costs no task, no hop
/// between threads and next to no allocation. Each loop records what it sees, and `collect` reads it.
package final class LoadGenerator: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let pool: NIOThreadPool
    private let loops: [NIOLoopBound<UserLoop>]
    private let eventLoops: [any EventLoop]

    /// Starts the threads, makes one connection to the target (with its TLS handshake) and closes it again. Sends nothing.
    package static func start(_ settings: GeneratorSettings) async throws(GeneratorError) -> LoadGenerator {
        try settings.verify()
        let tls = try settings.target.tlsContext(settings.connection)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.threads)
        do throws(GeneratorError) {
            let address = try await FirstConnection.address(settings.target, settings.connection, tls, on: group.next())
            let connector = Connector(target: settings.target, settings: settings.connection, address: address, tls: tls)
            return await LoadGenerator(settings, connector: connector, group: group)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private init(_ settings: GeneratorSettings, connector: Connector, group: MultiThreadedEventLoopGroup) async {
        self.group = group
        pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        let setup = GeneratorSetup(settings, connector: connector, pool: pool)
        eventLoops = (0..<settings.threads).map { _ in group.next() }
        var loops: [NIOLoopBound<UserLoop>] = []
        for (index, eventLoop) in eventLoops.enumerated() {
            // A loop of a running group does not refuse work.
            let made = try? await eventLoop.submit {
                let users = UserLoop(setup, index: index, eventLoop: eventLoop)
                users.start()
                return NIOLoopBound(users, eventLoop: eventLoop)
            }.get()
            if let made { loops.append(made) }
        }
        self.loops = loops
    }

    /// Closed model: sets the number of users. New users are spawned at `spawnRate` a second (infinite: at once); surplus users leave after
    /// their current request, at once if they wait. May be called at any time, also while users are being spawned.
    package func setUsers(_ count: Int, spawnRate: Double = .infinity) {
        for (loop, bound) in zip(eventLoops, loops) { loop.execute { bound.value.setUsers(count, spawnRate: spawnRate) } }
    }

    /// Open model: sets the arrivals a second; 0 stops them.
    package func setRate(_ perSecond: Double) {
        for (loop, bound) in zip(eventLoops, loops) { loop.execute { bound.value.setRate(perSecond) } }
    }

    /// What was recorded since the last call. Meant to be called about once a second; calls must not overlap.
    package func collect() async -> GeneratorWindow {
        var sum: GeneratorWindow?
        for (loop, bound) in zip(eventLoops, loops) {
            guard let window = try? await loop.submit({ bound.value.collect() }).get() else { continue }
            if sum == nil { sum = window } else { sum?.merge(window) }
        }
        return sum ?? GeneratorWindow(counts: WindowCounts(labels: []))
    }

    /// Lets the users finish their current requests for at most `grace`, cancels the rest, ends the threads and returns the last window.
    /// To be called exactly once, also after an error elsewhere.
    package func stop(grace: Duration) async -> GeneratorWindow {
        let ends = zip(eventLoops, loops).map { loop, bound in
            loop.flatSubmit {
                loop.assumeIsolated().scheduleTask(in: TimeAmount(grace)) { bound.value.cancel() }
                return bound.value.stop()
            }
        }
        for end in ends { try? await end.get() }
        let last = await collect()
        try? await pool.shutdownGracefully()
        try? await group.shutdownGracefully()
        return last
    }
}
