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

/// A connection of the service: HTTP/1.1, with what guards it against its client below, and encryption if there is any.
struct ServiceChannel: HTTPChannelHandler {
    typealias Value = HeldConnection

    private struct TooManyConnections: Error {}

    let base: HeldHTTP1Channel
    let places: ConnectionLimit
    let writeTimeout: TimeAmount
    let handshakeTimeout: TimeAmount
    let tls: TLSIdentity?
    let predictedWait: @Sendable () -> Double

    var responder: Responder { base.responder }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try takePlace(channel)
            try addGuards(channel)
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }.flatMapErrorThrowing { error in
            // Whoever gets no connection from here only sees the error; the socket would stay open.
            channel.close(promise: nil)
            throw error
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
            await base.handle(value: value, logger: logger)
        }
    }

    private func takePlace(_ channel: any Channel) throws {
        guard let address = channel.remoteAddress?.ipAddress.flatMap({ IPAddress($0) }) else { return }
        guard places.take(address) else { throw TooManyConnections() }
        let places = places
        channel.closeFuture.whenComplete { _ in places.release(address) }
    }

    private func addGuards(_ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(WriteTimeoutHandler(timeout: writeTimeout))
        Self.giveUpUnanswered(channel, after: writeTimeout)
        if let tls {
            try pipeline.addHandler(NIOSSLServerHandler(context: tls.context))
            try pipeline.addHandler(HandshakeTimeoutHandler(timeout: handshakeTimeout))
        }
        try pipeline.addHandler(ReadCoalescingHandler(predictedWait: predictedWait))
    }

    /// Little that is sent to a machine which is gone fits into the system's own buffer, where `WriteTimeoutHandler` does not see it: let
    /// the system give it up, after twice the time so that slow networks have theirs.
    private static func giveUpUnanswered(_ channel: any Channel, after timeout: TimeAmount) {
        #if canImport(Glibc) || canImport(Musl)
            let milliseconds = CInt(clamping: timeout.nanoseconds / 1_000_000 * 2)
            let option = ChannelOptions.Types.SocketOption(
                level: .tcp, name: NIOBSDSocket.Option(rawValue: CInt(TCP_USER_TIMEOUT)))
            // A Unix socket has no such option and needs none.
            try? channel.syncOptions?.setOption(option, value: SocketOptionValue(milliseconds))
        #endif
    }
}

/// Runs a connection's tasks on the thread of its event loop.
///
/// Otherwise each part of a request and each part of the reply changes threads, which under load costs more than all the rest that the
/// service does about a request: every change wakes a thread, and finds the caches taken by the engine. What takes long must not
/// run here: it goes to threads of its own (`Offload`, the engine's pool).
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
