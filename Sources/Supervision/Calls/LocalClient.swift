import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Calls a ``LocalServer`` over its Unix socket. Calls share one connection, which is made when it is needed and again after it broke.
package final class LocalClient: Sendable {
    private let path: String
    private let limit: Int
    private let connection = Mutex(Connection())
    private let lastNumber = Atomic<UInt64>(0)

    private struct Connection {
        var future: EventLoopFuture<any Channel>?
        /// Once it is made.
        var channel: (any Channel)?

        /// The end of a connection is seen here before everybody has been told.
        var current: EventLoopFuture<any Channel>? { channel.map { $0.isActive } ?? true ? future : nil }
    }

    /// A caller of whoever listens at `path`; answers of more than `limit` bytes break the connection.
    package init(path: String, limit: Int = 1 << 20) {
        self.path = path
        self.limit = limit
    }

    /// Sends `bytes` and returns what comes back. When the calling task is cancelled, the other side is told, and what it says then
    /// is returned all the same.
    package func call(_ bytes: [UInt8], within patience: Duration?) async throws(LocalCallError) -> [UInt8] {
        let channel: any Channel
        do {
            channel = try await connected().get()
        } catch {
            throw .unreachable(path)
        }
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        let promise = channel.eventLoop.makePromise(of: [UInt8].self)
        let frame = CallFrame(kind: .call, number: number, bytes: ByteBuffer(bytes: bytes))
        // A connection that has just ended fails the write before the handler hears of the call.
        channel.writeAndFlush(PendingCall(frame: frame, promise: promise)).whenFailure { [path] _ in
            promise.fail(LocalCallError.unreachable(path))
        }
        let alarm = patience.map { patience in
            channel.eventLoop.scheduleTask(in: TimeAmount(patience)) { promise.fail(LocalCallError.silent) }
        }
        defer { alarm?.cancel() }
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

    /// Ends the connection; calls that wait fail.
    package func close() {
        connection.withLock { connection in
            connection.future?.whenSuccess { $0.close(promise: nil) }
            connection = Connection()
        }
    }

    private func connected() -> EventLoopFuture<any Channel> {
        let (future, isNew) = connection.withLock { connection in
            if let current = connection.current { return (current, false) }
            let fresh = connect()
            connection = Connection(future: fresh)
            return (fresh, true)
        }
        if isNew { future.whenComplete { self.note($0, of: future) } }
        return future
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

    /// A connection that could not be made is forgotten, so that the next call tries anew.
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

/// A call on its way out, and who waits for what comes back.
private struct PendingCall: Sendable {
    var frame: CallFrame
    var promise: EventLoopPromise<[UInt8]>?
}

/// Brings answers to those who wait for them. Belongs to its channel's event loop.
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
        if let waiting = call.promise {
            if isOver { return waiting.fail(LocalCallError.unreachable(path)) }
            promises[call.frame.number] = waiting
        }
        context.write(wrapOutboundOut(call.frame), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard let promise = promises.removeValue(forKey: frame.number) else { return }
        switch frame.kind {
        case .reply: promise.succeed(Array(frame.bytes.readableBytesView))
        case .failure, .call, .cancel: promise.fail(LocalCallError.refused(String(buffer: frame.bytes)))
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
        let waiting = promises.values
        promises = [:]
        for promise in waiting { promise.fail(LocalCallError.unreachable(path)) }
    }
}

@available(*, unavailable)
extension PendingCalls: Sendable {}
