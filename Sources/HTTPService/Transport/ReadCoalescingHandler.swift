package import NIOCore

/// Under load, reads new requests of all connections together instead of each one when it arrives.
///
/// Waking an event loop's thread interrupts the engine and finds the caches filled by it, which costs several times what the request
/// itself does. While new requests have to wait anyway, reading them up to half of that time later, all at the same tick, delays nobody.
/// Under overload this leaves most of the processor time that rejections would take to the engine.
///
/// Only the first bytes of a connection, or after a response, are delayed; the rest of a request is read as it arrives. Confined to its
/// channel's event loop.
final class ReadCoalescingHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The seconds that a new request would wait in the queue.
    private let predictedWait: @Sendable () -> Double
    private var isBetweenRequests = true
    private var timer: Scheduled<Void>?

    init(predictedWait: @escaping @Sendable () -> Double) {
        self.predictedWait = predictedWait
    }

    func read(context: ChannelHandlerContext) {
        if timer == nil, !(isBetweenRequests && delay(context)) { context.read() }
    }

    /// During a request the channel keeps reading, to notice a disconnect; that is suspended here once the response is out.
    func flush(context: ChannelHandlerContext) {
        context.flush()
        if timer == nil, isBetweenRequests, delay(context) { setReading(context, false) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isBetweenRequests = false
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        isBetweenRequests = true
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopTimer()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stopTimer() }

    /// Reads at the next tick instead of now. False if that is not worthwhile.
    private func delay(_ context: ChannelHandlerContext) -> Bool {
        guard let tick = ReadCoalescing.milliseconds(predictedWait: predictedWait()) else { return false }
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: ReadCoalescing.next(after: context.eventLoop.now, milliseconds: tick)) {
            let (handler, context) = loopBound.value
            handler.timer = nil
            handler.setReading(context, true)
            context.read()
        }
        return true
    }

    private func setReading(_ context: ChannelHandlerContext, _ isOn: Bool) {
        // Fails on a channel that is closing, which reads nothing either.
        try? context.channel.syncOptions?.setOption(.autoRead, value: isOn)
    }

    private func stopTimer() {
        timer?.cancel()
        timer = nil
    }
}

@available(*, unavailable)
extension ReadCoalescingHandler: Sendable {}

/// The times at which connections are read together: the same for all, so that one wake-up serves them.
package enum ReadCoalescing {
    /// The longest interval, in milliseconds.
    package static let longest = 64
    /// The shortest worthwhile interval, in milliseconds.
    package static let shortest = 4

    /// The interval of the ticks, a power of two; nil to read at once. `seconds` is the predicted wait of a new request.
    package static func milliseconds(predictedWait seconds: Double) -> Int? {
        let acceptable = min(seconds * 1_000 / 2, Double(longest))
        guard acceptable >= Double(shortest) else { return nil }
        return 1 << (Int.bitWidth - 1 - Int(acceptable).leadingZeroBitCount)
    }

    /// The first tick after `now`.
    package static func next(after now: NIODeadline, milliseconds: Int) -> NIODeadline {
        let interval = UInt64(milliseconds) * 1_000_000
        return .uptimeNanoseconds((now.uptimeNanoseconds / interval + 1) * interval)
    }
}
