import HummingbirdCore
import Logging
import NIOCore
import NIOSSL
import Serving
import WebPages

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Sets up the service's connections: limits and timeouts, TLS if configured, and HTTP/1.1 above them.
struct ServiceChannel: HTTPChannelHandler {
    typealias Value = HeldConnection

    private struct TooManyConnections: Error {}

    let base: HeldHTTP1Channel
    let connections: ConnectionLimit
    let writeTimeout: TimeAmount
    let handshakeTimeout: TimeAmount
    let tls: TLSIdentity?
    let predictedWait: @Sendable () -> Double

    var responder: Responder { base.responder }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try acquire(channel)
            try addHandlers(channel)
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }.flatMapErrorThrowing { error in
            // The caller only sees the error; the socket would stay open.
            channel.close(promise: nil)
            throw error
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
            await base.handle(value: value, logger: logger)
        }
    }

    private func acquire(_ channel: any Channel) throws {
        guard let address = channel.remoteAddress?.ipAddress.flatMap({ IPAddress($0) }) else { return }
        guard connections.acquire(address) else { throw TooManyConnections() }
        let connections = connections
        channel.closeFuture.whenComplete { _ in connections.release(address) }
    }

    private func addHandlers(_ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(WriteTimeoutHandler(timeout: writeTimeout))
        Self.setUserTimeout(channel, after: writeTimeout)
        if let tls {
            try pipeline.addHandler(NIOSSLServerHandler(context: tls.context))
            try pipeline.addHandler(HandshakeTimeoutHandler(timeout: handshakeTimeout))
        }
        try pipeline.addHandler(ReadCoalescingHandler(predictedWait: predictedWait))
    }

    /// A small response to an unreachable machine fits into the socket's send buffer, where `WriteTimeoutHandler` does not see it. The
    /// system closes such a connection, after twice the timeout to allow for slow networks.
    private static func setUserTimeout(_ channel: any Channel, after timeout: TimeAmount) {
        #if canImport(Glibc) || canImport(Musl)
            let milliseconds = CInt(clamping: timeout.nanoseconds / 1_000_000 * 2)
            let option = ChannelOptions.Types.SocketOption(
                level: .tcp, name: NIOBSDSocket.Option(rawValue: CInt(TCP_USER_TIMEOUT)))
            // Fails on Unix sockets, which need no such timeout.
            try? channel.syncOptions?.setOption(option, value: SocketOptionValue(milliseconds))
        #endif
    }
}

/// Runs a connection's tasks on the thread of its event loop.
///
/// On the default executor every part of a request and of its response changes threads. Under load that costs more than everything else
/// the service does for a request, because each change wakes a thread whose caches the engine has filled. Long work must not run here;
/// see `BlockingThreadPool` and the engine's pool.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
