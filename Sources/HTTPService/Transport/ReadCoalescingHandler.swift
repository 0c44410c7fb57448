package import NIOCore

/// Under load, lets requests be read together instead of each when it comes.
///
/// A wake-up of the connections' threads interrupts the engine and finds the caches taken, which costs several times what the request
/// itself does. While those who come have to wait for their turn anyway, nothing is lost when they are read up to half of
/// that time later, all at the same tick: under a flood most of the processor time of its refusals is saved for pictures.
///
/// Only the first bytes after a reply (or of a connection) wait; a body that is coming in is read as it comes. Belongs to its
/// channel's event loop, as every channel handler does.
final class ReadCoalescingHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Seconds that one who comes now would wait for a turn.
    private let predictedWait: @Sendable () -> Double
    private var isAtRest = true
    private var timer: Scheduled<Void>?

    init(predictedWait: @escaping @Sendable () -> Double) {
        self.predictedWait = predictedWait
    }

    func read(context: ChannelHandlerContext) {
        if timer == nil, !(isAtRest && rest(context)) { context.read() }
    }

    /// The system was already asked for what comes next while the last request was in hand, so as to hear when its client hangs up.
    func flush(context: ChannelHandlerContext) {
        context.flush()
        if timer == nil, isAtRest, rest(context) { setReading(context, false) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isAtRest = false
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        isAtRest = true
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopTimer()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stopTimer() }

    /// Reads on at the next tick. False when that is not worth while.
    private func rest(_ context: ChannelHandlerContext) -> Bool {
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
        // A channel that is closing may refuse; then there is nothing to read either.
        try? context.channel.syncOptions?.setOption(.autoRead, value: isOn)
    }

    private func stopTimer() {
        timer?.cancel()
        timer = nil
    }
}

@available(*, unavailable)
extension ReadCoalescingHandler: Sendable {}

/// The moments at which connections are read together: the same for all, so that they fall into one wake-up.
package enum ReadCoalescing {
    /// The longest that anybody is kept, in milliseconds.
    package static let longest = 64
    /// Below this there is nothing to be gained.
    package static let shortest = 4

    /// The distance of the ticks, a power of two; nil when to read at once.
    package static func milliseconds(predictedWait seconds: Double) -> Int? {
        let bearable = min(seconds * 1_000 / 2, Double(longest))
        guard bearable >= Double(shortest) else { return nil }
        return 1 << (Int.bitWidth - 1 - Int(bearable).leadingZeroBitCount)
    }

    /// The first tick after a moment.
    package static func next(after now: NIODeadline, milliseconds: Int) -> NIODeadline {
        let distance = UInt64(milliseconds) * 1_000_000
        return .uptimeNanoseconds((now.uptimeNanoseconds / distance + 1) * distance)
    }
}
