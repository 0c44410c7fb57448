import HTTPService
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing
import WebPages

/// Connections that are dropped before they are served, which traps in NIO unless they are closed in order.
@Suite(.timeLimit(.minutes(5))) struct HeldConnectionTests {
    private static let channel = HeldHTTP1Channel(HTTP1Channel(responder: { _, _, _ in }))

    private static var logger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    @Test func `a dropped connection is closed`() async throws {
        let logger = Self.logger
        let listening = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { Self.channel.setup(channel: $0, logger: logger).map { _ in } }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listening.localAddress?.port)
        for _ in 0..<20 {
            let words = try await RawConnection.open(port: port) { try await $0.readToEnd() }
            #expect(words == "")
        }
        try await listening.close()
    }

    @Test func `a connection that is being set up at shutdown is closed`() async throws {
        let (events, source) = AsyncStream<Event>.makeStream()
        let gate = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
        let channel = LateChannel(base: Self.channel, gate: gate.futureResult) { source.yield(.making) }
        let server = channel.server(
            configuration: ServerConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { source.yield(.listening($0.localAddress?.port ?? 0)) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Self.logger)
        let group = ServiceGroup(services: [server], logger: Self.logger)
        var iterator = events.makeAsyncIterator()
        async let running: Void = group.run()
        guard case .listening(let port) = await iterator.next() else { return }
        async let words = RawConnection.open(port: port) { try await $0.readToEnd() }
        guard case .making = await iterator.next() else { return }
        await group.triggerGracefulShutdown()
        try await running
        gate.succeed()
        #expect(try await words == "")
    }

    private enum Event { case listening(Int), making }

    /// Sets up a connection only after the gate opens.
    private struct LateChannel: ServerChildChannel {
        let base: HeldHTTP1Channel
        let gate: EventLoopFuture<Void>
        let onMaking: @Sendable () -> Void

        func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HeldConnection> {
            onMaking()
            return gate.hop(to: channel.eventLoop).flatMap { base.setup(channel: channel, logger: logger) }
        }

        func handle(value: HeldConnection, logger: Logger) async { await base.handle(value: value, logger: logger) }
    }
}
