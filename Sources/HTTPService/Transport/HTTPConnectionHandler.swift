import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Thrown into the body of a request that stopped coming in.
struct BodyTimeout: Error {}

/// Stands in each connection between HTTP's decoder and the service, and sees to what the framework leaves open:
/// heads and bodies that stall, requests that take too long, replies that come before the body's end, `Expect: 100-continue`, and clients that hang up.
///
/// Belongs to its channel's event loop, as every channel handler does.
final class HTTPConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// The requests of this connection that want to know when their client is gone.
    let watch = DisconnectNotifier()
    private let bodyLimit: Int
    private let isLeaving: @Sendable () -> Bool
    private var state: HTTPConnectionState
    private var timer: Scheduled<Void>?

    /// `isLeaving` says whether the service is about to stop: then each answer is its connection's last.
    init(timeouts: HTTPConnectionState.Timeouts, bodyLimit: Int, isLeaving: @escaping @Sendable () -> Bool = { false }) {
        self.isLeaving = isLeaving
        self.state = HTTPConnectionState(timeouts: timeouts)
        self.bodyLimit = bodyLimit
    }

    func handlerAdded(context: ChannelHandlerContext) {
        state.connected(now: .now())
        setTimer(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // What is read ends up here also when it was only a part of a head, which the decoder keeps to itself.
        if state.readPart(now: .now()) { setTimer(context) }
        context.fireChannelReadComplete()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if state.discardsInput { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            state.readHead(now: .now())
            sendContinue(to: head, context: context)
            setTimer(context)
        case .body: state.readBody(now: .now())
        case .end: state.readEnd()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            let isLast = state.writeHead(
                isInformational: head.status.kind == .informational,
                isEventStream: head.headerFields[.contentType]?.hasPrefix("text/event-stream") ?? false,
                isLeaving: isLeaving())
            if isLast { head.headerFields[.connection] = "close" }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            guard state.writeEnd(now: .now()) else {
                // The next one's time begins only now.
                if state.requestsInProgress > 0 { setTimer(context) }
                return context.write(data, promise: promise)
            }
            let written = promise ?? context.eventLoop.makePromise()
            let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            written.futureResult.whenComplete { _ in
                let (handler, context) = loopBound.value
                context.close(mode: .output, promise: nil)
                handler.setTimer(context)
            }
            context.writeAndFlush(data, promise: written)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            watch.hangUp()
            // Nobody is known to read on after that: what is under way is not worth finishing.
            if state.requestsInProgress > 0 || state.discardsInput { return context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        watch.hangUp()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    /// A client with a large body may wait for leave to send it; without this it waits for a second or more.
    private func sendContinue(to head: HTTPRequest, context: ChannelHandlerContext) {
        guard head.headerFields[.expect]?.lowercased() == "100-continue", state.requestsInProgress == 1 else { return }
        if let length = head.headerFields[.contentLength].flatMap({ Int($0) }), length > bodyLimit { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    /// One timer at a time: when it fires too early, because bytes have come since, it is set anew.
    private func setTimer(_ context: ChannelHandlerContext) {
        guard let deadline = state.deadline else { return }
        timer?.cancel()
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = loopBound.value
            handler.timerFired(context)
        }
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        timer = nil
        switch state.timerFired(now: .now()) {
        case .wait: setTimer(context)
        case .reportStall:
            context.fireErrorCaught(BodyTimeout())
            setTimer(context)
        case .close: context.close(promise: nil)
        case .nothing: break
        }
    }
}

@available(*, unavailable)
extension HTTPConnectionHandler: Sendable {}

extension Channel {
    /// Runs `operation` in a task that is cancelled when this connection's client hangs up.
    func cancelWhenDisconnected<Result: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let watch = try await eventLoop.submit {
            try self.pipeline.syncOperations.handler(type: HTTPConnectionHandler.self).watch
        }.get()
        return try await watch.cancelWhenDisconnected(operation)
    }
}

/// Tells the requests of one connection that their client has hung up.
final class DisconnectNotifier: Sendable {
    private struct State {
        var hungUp = false
        var nextKey = 0
        var listeners: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// Called once, when the client has closed its side or the connection is gone.
    func hangUp() {
        let listeners = state.withLock { state in
            state.hungUp = true
            defer { state.listeners = [:] }
            return state.listeners.values.map { $0 }
        }
        for listener in listeners { listener() }
    }

    /// Runs `operation` in a task that is cancelled when the client hangs up.
    func cancelWhenDisconnected<Result: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await operation() }
        let key = listen { task.cancel() }
        defer { stopListening(key) }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func listen(_ listener: @escaping @Sendable () -> Void) -> Int {
        let (key, isTooLate) = state.withLock { state in
            state.nextKey += 1
            if !state.hungUp { state.listeners[state.nextKey] = listener }
            return (state.nextKey, state.hungUp)
        }
        if isTooLate { listener() }
        return key
    }

    private func stopListening(_ key: Int) {
        state.withLock { _ = $0.listeners.removeValue(forKey: key) }
    }
}
