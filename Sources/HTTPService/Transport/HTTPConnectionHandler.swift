import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Thrown from the body of a request that stopped arriving.
struct BodyTimeout: Error {}

/// Handles, between the HTTP codec and the service, what the framework leaves open: stalled heads and bodies, requests that take too long,
/// responses before the end of a body, `Expect: 100-continue`, and clients that disconnect.
///
/// Confined to its channel's event loop.
final class HTTPConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Notifies this connection's requests when the client disconnects.
    let disconnects = DisconnectNotifier()
    private let bodyLimit: Int
    private let isShuttingDown: @Sendable () -> Bool
    private var state: HTTPConnectionState
    private var timer: Scheduled<Void>?

    /// While `isShuttingDown` returns true, each response is its connection's last.
    init(timeouts: HTTPConnectionState.Timeouts, bodyLimit: Int, isShuttingDown: @escaping @Sendable () -> Bool = { false }) {
        self.isShuttingDown = isShuttingDown
        self.state = HTTPConnectionState(timeouts: timeouts)
        self.bodyLimit = bodyLimit
    }

    func handlerAdded(context: ChannelHandlerContext) {
        state.connected(now: .now())
        setTimer(context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Called even if only a part of a head was read, which the decoder buffers.
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
                isShuttingDown: isShuttingDown())
            if isLast { head.headerFields[.connection] = "close" }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            guard state.writeEnd(now: .now()) else {
                // The timeout of the next request begins now.
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
            disconnects.disconnect()
            // A client that has closed its side is taken to be gone: nothing in progress is worth finishing.
            if state.requestsInProgress > 0 || state.discardsInput { return context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        disconnects.disconnect()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    /// Clients with a large body may wait for 100 before they send it; curl gives up waiting only after a second.
    private func sendContinue(to head: HTTPRequest, context: ChannelHandlerContext) {
        guard head.headerFields[.expect]?.lowercased() == "100-continue", state.requestsInProgress == 1 else { return }
        if let length = head.headerFields[.contentLength].flatMap({ Int($0) }), length > bodyLimit { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    /// Keeps one timer. If it fires early, because bytes have been read since, it is set again.
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
    /// Runs `operation` in a task that is cancelled when this connection's client disconnects.
    func cancelWhenDisconnected<Result: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let disconnects = try await eventLoop.submit {
            try self.pipeline.syncOperations.handler(type: HTTPConnectionHandler.self).disconnects
        }.get()
        return try await disconnects.cancelWhenDisconnected(operation)
    }
}

/// Notifies the requests of one connection when their client disconnects.
final class DisconnectNotifier: Sendable {
    private struct State {
        var isDisconnected = false
        var nextKey = 0
        var listeners: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// Calls the listeners. Called when the client has closed its side or the connection is closed.
    func disconnect() {
        let listeners = state.withLock { state in
            state.isDisconnected = true
            defer { state.listeners = [:] }
            return state.listeners.values.map { $0 }
        }
        for listener in listeners { listener() }
    }

    /// Runs `operation` in a task that is cancelled when the client disconnects.
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
            if !state.isDisconnected { state.listeners[state.nextKey] = listener }
            return (state.nextKey, state.isDisconnected)
        }
        if isTooLate { listener() }
        return key
    }

    private func stopListening(_ key: Int) {
        state.withLock { _ = $0.listeners.removeValue(forKey: key) }
    }
}
