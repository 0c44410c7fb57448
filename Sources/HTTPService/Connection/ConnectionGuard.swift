import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Thrown into the body of a request that stopped coming in.
struct BodyStalled: Error {}

/// Stands in each connection between HTTP's decoder and the service, and sees to what the framework leaves open:
/// heads and bodies that stall, requests that take too long, replies that come before the body's end, `Expect: 100-continue`, and clients that hang up.
///
/// Belongs to its channel's event loop, as every channel handler does.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// The requests of this connection that want to know when their client is gone.
    let watch = ClientWatch()
    private let bodyLimit: Int
    private let isLeaving: @Sendable () -> Bool
    private var state: ConnectionState
    private var timer: Scheduled<Void>?

    /// `isLeaving` says whether the service is about to stop: then each answer is its connection's last.
    init(timeouts: ConnectionState.Timeouts, bodyLimit: Int, isLeaving: @escaping @Sendable () -> Bool = { false }) {
        self.isLeaving = isLeaving
        self.state = ConnectionState(timeouts: timeouts)
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
            context.fireErrorCaught(BodyStalled())
            setTimer(context)
        case .close: context.close(promise: nil)
        case .nothing: break
        }
    }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}

extension Channel {
    /// Runs `operation` in a task that is cancelled when this connection's client hangs up.
    func whileClientListens<Result: Sendable>(_ operation: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let watch = try await eventLoop.submit {
            try self.pipeline.syncOperations.handler(type: ConnectionGuard.self).watch
        }.get()
        return try await watch.whileClientListens(operation)
    }
}
