package import NIOCore

/// Closes a connection whose client stops reading. It is the handler next to the socket, below TLS, because only there can the bytes that
/// have left be counted.
///
/// Confined to its channel's event loop.
final class WriteTimeoutHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let timeout: TimeAmount
    private var progress: WriteProgress
    private var written = 0
    private var timer: Scheduled<Void>?

    init(timeout: TimeAmount) {
        self.timeout = timeout
        progress = WriteProgress(timeout: timeout, now: .now())
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        written += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        // Most writes complete at once; only the others need a timer.
        guard timer == nil, pending(context) > 0 else { return }
        progress.begin(now: .now())
        check(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    private func check(_ context: ChannelHandlerContext) {
        timer = nil
        switch progress.check(written: written, pending: pending(context), now: .now()) {
        case .idle: break
        case .stalled: context.close(promise: nil)
        case .wait(let deadline):
            let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            timer = context.eventLoop.scheduleTask(deadline: deadline) {
                let (handler, context) = loopBound.value
                handler.check(context)
            }
        }
    }

    /// Bytes that do not fit into the socket's send buffer, because the client has not read those before them.
    private func pending(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}

@available(*, unavailable)
extension WriteTimeoutHandler: Sendable {}

/// Decides whether a client has stopped reading. A value without a channel, a timer or a clock.
package struct WriteProgress {
    private let timeout: TimeAmount
    private var sent = 0
    private var lastProgress: NIODeadline

    /// Begins at `now`. A client that reads nothing for `timeout` has stalled.
    package init(timeout: TimeAmount, now: NIODeadline) {
        self.timeout = timeout
        lastProgress = now
    }

    /// What to do next.
    package enum Verdict: Equatable {
        /// Nothing: there are no pending bytes.
        case idle
        /// Check again then.
        case wait(until: NIODeadline)
        /// Close the connection: the client has read nothing for too long.
        case stalled
    }

    /// Of the `written` bytes since the connection began, `pending` have not left yet at `now`.
    package mutating func check(written: Int, pending: Int, now: NIODeadline) -> Verdict {
        let isMore = written - pending > sent
        sent = written - pending
        if pending == 0 || isMore { lastProgress = now }
        if pending == 0 { return .idle }
        let deadline = lastProgress + timeout
        return now < deadline ? .wait(until: deadline) : .stalled
    }

    /// Bytes become pending after none were.
    package mutating func begin(now: NIODeadline) {
        lastProgress = now
    }
}
