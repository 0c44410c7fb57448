import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Calls a ``LocalServer`` over its Unix socket. Calls share one connection, which is made when it is needed and again after it broke.
package final class LocalClient: Sendable {
    private let path: String
    private let limit: Int
    private let connection = Mutex<EventLoopFuture<any Channel>?>(nil)
    private let lastNumber = Atomic<UInt64>(0)

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
        channel.writeAndFlush(PendingCall(frame: frame, promise: promise), promise: nil)
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
            connection?.whenSuccess { $0.close(promise: nil) }
            connection = nil
        }
    }

    private func connected() -> EventLoopFuture<any Channel> {
        connection.withLock { connection in
            if let connection { return connection }
            let path = path, limit = limit
            let fresh = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(.seconds(5))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.addCallFrames(limit: limit)
                        try channel.pipeline.syncOperations.addHandler(PendingCalls(path: path))
                    }
                }
                .connect(unixDomainSocketPath: path)
            connection = fresh
            // What has failed or ended is forgotten, so that the next call tries anew.
            fresh.whenComplete { result in
                switch result {
                case .success(let channel): channel.closeFuture.whenComplete { _ in self.forget(fresh) }
                case .failure: self.forget(fresh)
                }
            }
            return fresh
        }
    }

    private func forget(_ old: EventLoopFuture<any Channel>) {
        connection.withLock { if $0 === old { $0 = nil } }
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
