import Foundation
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Serves calls over a Unix socket that only its owner may open.
///
/// The calls of one connection run concurrently, at most `concurrentCalls` of them. When a client cancels a call or disconnects, the
/// call's task is cancelled. As a `Service` it listens until a graceful shutdown or cancellation, and then removes the socket.
package struct LocalServer: Service {
    private let path: String
    private let limit: Int
    private let logger: Logger
    private let onListening: @Sendable () -> Void
    private let respond: @Sendable ([UInt8]) async throws -> [UInt8]

    /// Most calls of one connection that run at the same time; one more ends the connection.
    static let concurrentCalls = 1_024

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - limit: most bytes of a request; a longer one ends its connection.
    ///   - onListening: called once clients can connect.
    ///   - respond: makes the response to a request; the description of an error that it throws is sent to the client.
    package init(
        path: String, limit: Int = 1 << 20, logger: Logger, onListening: @escaping @Sendable () -> Void = {},
        respond: @escaping @Sendable ([UInt8]) async throws -> [UInt8]
    ) {
        self.path = path
        self.limit = limit
        self.logger = logger
        self.onListening = onListening
        self.respond = respond
    }

    /// Listens until shutdown.
    ///
    /// - Throws: `LocalCallError.cannotListen`, when another process listens at that path, or the path cannot be used.
    package func run() async throws {
        let channel = try await listen()
        onListening()
        try? await gracefulShutdown()
        try? await channel.close()
        unlink(path)
    }

    private func listen() async throws -> any Channel {
        try LocalPath.clear(path)
        let limit = limit, respond = respond
        let channel: any Channel
        do {
            channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.addCallFrames(limit: limit)
                        try channel.pipeline.syncOperations.addHandler(CallResponder(respond))
                    }
                }
                .bind(unixDomainSocketPath: path).get()
        } catch {
            throw LocalCallError.cannotListen("The socket \(path) cannot be made: \(error). Let this user write in that folder.")
        }
        guard chmod(path, 0o600) == 0 else {
            try? await channel.close()
            throw LocalCallError.cannotListen("The socket \(path) cannot be made private: \(LocalPath.reason()).")
        }
        return channel
    }
}

/// Runs the calls of one connection. Belongs to its channel's event loop.
private final class CallResponder: ChannelInboundHandler {
    typealias InboundIn = CallFrame
    typealias OutboundOut = CallFrame

    private let respond: @Sendable ([UInt8]) async throws -> [UInt8]
    private var tasks: [UInt64: Task<Void, Never>] = [:]

    init(_ respond: @escaping @Sendable ([UInt8]) async throws -> [UInt8]) { self.respond = respond }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.kind {
        case .request where tasks.count < LocalServer.concurrentCalls && tasks[frame.number] == nil: start(frame, context)
        case .cancel: tasks[frame.number]?.cancel()
        case .request, .response, .failure: context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        for task in tasks.values { task.cancel() }
        tasks = [:]
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func start(_ frame: CallFrame, _ context: ChannelHandlerContext) {
        let channel = context.channel, respond = respond, number = frame.number
        let bytes = Array(frame.bytes.readableBytesView)
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        tasks[number] = Task {
            let response: CallFrame
            do {
                response = CallFrame(kind: .response, number: number, bytes: ByteBuffer(bytes: try await respond(bytes)))
            } catch {
                response = CallFrame(kind: .failure, number: number, bytes: ByteBuffer(string: "\(error)"))
            }
            channel.eventLoop.execute {
                handler.value.tasks[number] = nil
                channel.writeAndFlush(response, promise: nil)
            }
        }
    }
}

@available(*, unavailable)
extension CallResponder: Sendable {}
