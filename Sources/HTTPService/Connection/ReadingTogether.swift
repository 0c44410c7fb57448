import NIOCore

/// Under load, lets requests be read together instead of each when it comes.
///
/// A wake-up of the connections' threads interrupts the engine and finds the caches taken, which costs several times what the request
/// itself does. While those who come have to wait for their turn anyway, nothing is lost when they are read up to half of
/// that time later, all at the same tick: under a flood most of the processor time of its refusals is saved for pictures.
///
/// Only the first bytes after a reply (or of a connection) wait; a body that is coming in is read as it comes. Belongs to its
/// channel's event loop, as every channel handler does.
final class ReadingTogether: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Seconds that one who comes now would wait for a turn.
    private let newcomersWait: @Sendable () -> Double
    private var isAtRest = true
    private var timer: Scheduled<Void>?

    init(newcomersWait: @escaping @Sendable () -> Double) {
        self.newcomersWait = newcomersWait
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
        guard let tick = ReadingTick.milliseconds(newcomersWait: newcomersWait()) else { return false }
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: ReadingTick.next(after: context.eventLoop.now, milliseconds: tick)) {
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
extension ReadingTogether: Sendable {}
