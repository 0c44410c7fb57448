import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Serves the connections of a shared socket. At a graceful shutdown it stops taking connections, leaves those that are open time to
/// hear `Connection: close` with their next answer, then closes what is idle, and returns when all are closed.
struct SharedListener {
    let socket: SharedSocket
    let limit: Int
    /// How long an open connection may go on asking after the end of taking: longer than clients pause between two requests.
    /// Closing at once would now and then cross a request on its way, which then fails.
    let farewell: Duration
    let channel: ServiceChannel
    let logger: Logger

    func run() async {
        let loop = AcceptLoop(socket, limit: limit)
        await withGracefulShutdownHandler {
            loop.start()
            await withTaskCancellationHandler {
                await serve(loop)
            } onCancel: {
                loop.stop()
            }
        } onGracefulShutdown: {
            loop.stop()
        }
    }

    private func serve(_ loop: AcceptLoop) async {
        await withDiscardingTaskGroup { group in
            for await descriptor in loop.connections {
                group.addTask { await serve(descriptor) }
            }
            // Taking is over; the group waits for the connections.
            group.addTask { await sayFarewell() }
        }
    }

    private func serve(_ descriptor: CInt) async {
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
        do {
            let value = try await bootstrap.withConnectedSocket(descriptor) { connection in
                socket.open.add(connection)
                return channel.setup(channel: connection, logger: logger)
            }
            await channel.handle(value: value, logger: logger)
        } catch {
            logger.debug("a connection was not served", metadata: ["error": "\(error)"])
        }
    }

    private func sayFarewell() async {
        let end = ContinuousClock.now + farewell
        // Once none is open nothing is closed: one that was taken last may be opened just then, with its first request on its way.
        while socket.connectionCount > 0 {
            if ContinuousClock.now >= end || Task.isCancelled { return socket.open.quiesce() }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}
