package import NIOCore

/// Closes a connection whose client does not take what it is sent. Stands next to the socket, below encryption, where the bytes
/// that have really left can be counted.
///
/// Belongs to its channel's event loop, as every channel handler does.
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
        // Most of what is sent leaves at once; only what doesn't needs a timer.
        guard timer == nil, waiting(context) > 0 else { return }
        progress.begin(now: .now())
        look(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    private func look(_ context: ChannelHandlerContext) {
        timer = nil
        switch progress.look(written: written, waiting: waiting(context), now: .now()) {
        case .idle: break
        case .stalled: context.close(promise: nil)
        case .wait(let deadline):
            let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            timer = context.eventLoop.scheduleTask(deadline: deadline) {
                let (handler, context) = loopBound.value
                handler.look(context)
            }
        }
    }

    /// Bytes that the system has not taken from us, because the client has not taken those before them.
    private func waiting(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}

@available(*, unavailable)
extension WriteTimeoutHandler: Sendable {}

/// Whether a client takes what it is sent: a value without a channel or a timer.
package struct WriteProgress {
    private let timeout: TimeAmount
    private var sent = 0
    private var lastProgress: NIODeadline

    /// Watches from `now` on; a client that takes nothing for `timeout` is given up.
    package init(timeout: TimeAmount, now: NIODeadline) {
        self.timeout = timeout
        lastProgress = now
    }

    /// What a look at the connection means.
    package enum Verdict: Equatable {
        /// Nothing is waiting to be taken.
        case idle
        /// Look again then.
        case wait(until: NIODeadline)
        /// The client has taken nothing for too long.
        case stalled
    }

    /// At `now` there are `waiting` bytes of the `written` ones (since the connection began) that the client has not taken.
    package mutating func look(written: Int, waiting: Int, now: NIODeadline) -> Verdict {
        let isMore = written - waiting > sent
        sent = written - waiting
        if waiting == 0 || isMore { lastProgress = now }
        if waiting == 0 { return .idle }
        let deadline = lastProgress + timeout
        return now < deadline ? .wait(until: deadline) : .stalled
    }

    /// Something is about to be sent after nothing was waiting.
    package mutating func begin(now: NIODeadline) {
        lastProgress = now
    }
}
