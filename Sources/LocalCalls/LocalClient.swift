import NIOCore
import NIOPosix
import Synchronization

/// Why a call over a local socket got no response.
package enum LocalCallError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Nobody listens at this path, or the connection broke.
    case unreachable(String)
    /// No response came within the timeout.
    case timedOut
    /// The server failed; a sentence that says why.
    case refused(String)
    /// The socket cannot be made; a sentence that says why.
    case cannotListen(String)
    /// The client has been closed.
    case closed

    package var description: String {
        switch self {
        case .unreachable(let path): "Nobody answers at \(path)."
        case .timedOut: "There was no answer in time."
        case .refused(let reason), .cannotListen(let reason): reason
        case .closed: "The connection has been closed."
        }
    }
}

/// Calls a ``LocalServer`` over its Unix socket. All calls share one connection, which is made for the first call and again after it
/// broke.
package final class LocalClient: Sendable {
    private struct Connection {
        var future: EventLoopFuture<any Channel>?
        /// Set once the connection is made.
        var channel: (any Channel)?
        var isClosed = false

        /// The connection, unless its channel has ended; a channel's state changes before its callbacks run.
        var current: EventLoopFuture<any Channel>? { channel.map { $0.isActive } ?? true ? future : nil }
    }

    private let path: String
    private let limit: Int
    private let connection = Mutex(Connection())
    private let lastNumber = Atomic<UInt64>(0)

    /// A client of the server at `path`; a response of more than `limit` bytes breaks the connection.
    package init(path: String, limit: Int = 1 << 20) {
        self.path = path
        self.limit = limit
    }

    /// Sends a request and returns the response.
    ///
    /// When the calling task is cancelled the server is told so, and its response is still awaited and returned.
    /// - Parameter timeout: nil waits for as long as the connection lives.
    package func call(_ request: [UInt8], within timeout: Duration?) async throws(LocalCallError) -> [UInt8] {
        let channel = try await connectedChannel()
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        let promise = channel.eventLoop.makePromise(of: [UInt8].self)
        let frame = CallFrame(kind: .request, number: number, bytes: ByteBuffer(bytes: request))
        // Where the connection has just ended, the write fails before the handler sees the call.
        channel.writeAndFlush(PendingCall(frame: frame, promise: promise)).whenFailure { [path] _ in
            promise.fail(LocalCallError.unreachable(path))
        }
        let timer = timeout.map { timeout in
            channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) { promise.fail(LocalCallError.timedOut) }
        }
        defer { timer?.cancel() }
        do {
            return try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                let cancel = CallFrame(kind: .cancel, number: number, bytes: ByteBuffer())
                channel.writeAndFlush(PendingCall(frame: cancel, promise: nil), promise: nil)
            }
        } catch {
            throw error as? LocalCallError ?? .unreachable(path)
        }
    }

    /// Ends the connection. Calls under way fail, and so do later ones.
    package func close() {
        connection.withLock { connection in
            connection.future?.whenSuccess { $0.close(promise: nil) }
            connection = Connection(isClosed: true)
        }
    }

    private func connectedChannel() async throws(LocalCallError) -> any Channel {
        let (future, isNew) = connection.withLock { connection -> (EventLoopFuture<any Channel>?, Bool) in
            if connection.isClosed { return (nil, false) }
            if let current = connection.current { return (current, false) }
            let new = connect()
            connection = Connection(future: new)
            return (new, true)
        }
        guard let future else { throw .closed }
        if isNew { future.whenComplete { self.note($0, of: future) } }
        do { return try await future.get() } catch { throw .unreachable(path) }
    }

    private func connect() -> EventLoopFuture<any Channel> {
        let path = path, limit = limit
        return ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.addCallFrames(limit: limit)
                    try channel.pipeline.syncOperations.addHandler(PendingCalls(path: path))
                }
            }
            .connect(unixDomainSocketPath: path)
    }

    /// Forgets a connection that could not be made, so that the next call tries again.
    private func note(_ result: Result<any Channel, any Error>, of future: EventLoopFuture<any Channel>) {
        connection.withLock { connection in
            guard connection.future === future else { return }
            switch result {
            case .success(let channel): connection.channel = channel
            case .failure: connection = Connection()
            }
        }
    }
}

extension TimeAmount {
    fileprivate init(_ duration: Duration) { self = .nanoseconds(Int64(duration / .nanoseconds(1))) }
}

/// A frame to be sent, and who waits for its response.
private struct PendingCall: Sendable {
    var frame: CallFrame
    var promise: EventLoopPromise<[UInt8]>?
}

/// Matches responses to the calls that wait for them. Belongs to its channel's event loop.
private final class PendingCalls: ChannelDuplexHandler {
    typealias InboundIn = CallFrame
    typealias OutboundIn = PendingCall
    typealias OutboundOut = CallFrame

    private let path: String
    private var promises: [UInt64: EventLoopPromise<[UInt8]>] = [:]
    private var isOver = false

    init(path: String) { self.path = path }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let call = unwrapOutboundIn(data)
        if let pending = call.promise {
            if isOver { return pending.fail(LocalCallError.unreachable(path)) }
            promises[call.frame.number] = pending
        }
        context.write(wrapOutboundOut(call.frame), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard let promise = promises.removeValue(forKey: frame.number) else { return }
        switch frame.kind {
        case .response: promise.succeed(Array(frame.bytes.readableBytesView))
        case .failure, .request, .cancel: promise.fail(LocalCallError.refused(String(buffer: frame.bytes)))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        failAll()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failAll()
        context.close(promise: nil)
    }

    private func failAll() {
        isOver = true
        let pending = promises.values
        promises = [:]
        for promise in pending { promise.fail(LocalCallError.unreachable(path)) }
    }
}

@available(*, unavailable)
extension PendingCalls: Sendable {}
