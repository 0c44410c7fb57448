import Foundation
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Answers calls over a Unix socket that only its owner may open.
///
/// Calls of one connection are answered in any order, at most `callsAtOnce` at a time. A call whose caller gives up or goes away has its
/// task cancelled. As a `Service` it listens until a graceful shutdown or cancellation, and takes its socket away.
package struct LocalServer: Service {
    private let path: String
    private let limit: Int
    private let logger: Logger
    private let onListening: @Sendable () -> Void
    private let answer: @Sendable ([UInt8]) async throws -> [UInt8]

    /// Most calls of one connection in hand.
    static let callsAtOnce = 1_024

    /// A server that does not listen yet. Calls of more than `limit` bytes end their connection. What `answer` throws is told to the
    /// caller.
    package init(
        path: String, limit: Int = 1 << 20, logger: Logger, onListening: @escaping @Sendable () -> Void = {},
        answer: @escaping @Sendable ([UInt8]) async throws -> [UInt8]
    ) {
        self.path = path
        self.limit = limit
        self.logger = logger
        self.onListening = onListening
        self.answer = answer
    }

    /// Listens. Errors: `LocalCallError.cannotListen`, when another process answers at that path, or the path can't be used.
    package func run() async throws {
        let channel = try await listen()
        onListening()
        try? await gracefulShutdown()
        try? await channel.close()
        unlink(path)
    }

    private func listen() async throws -> any Channel {
        try LocalPath.clear(path)
        let limit = limit, answer = answer
        // The socket must at no moment be open to others.
        let channel: any Channel
        do {
            channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.addCallFrames(limit: limit)
                        try channel.pipeline.syncOperations.addHandler(CallAnswerer(answer))
                    }
                }
                .bind(unixDomainSocketPath: path).get()
        } catch {
            throw LocalCallError.cannotListen("The socket \(path) can't be made: \(error). May this user write in that folder?")
        }
        guard chmod(path, 0o600) == 0 else {
            try? await channel.close()
            throw LocalCallError.cannotListen("The socket \(path) can't be closed to others: \(LocalPath.reason()).")
        }
        return channel
    }
}

/// Answers the calls of one connection. Belongs to its channel's event loop.
private final class CallAnswerer: ChannelInboundHandler {
    typealias InboundIn = CallFrame
    typealias OutboundOut = CallFrame

    private let answer: @Sendable ([UInt8]) async throws -> [UInt8]
    private var tasks: [UInt64: Task<Void, Never>] = [:]

    init(_ answer: @escaping @Sendable ([UInt8]) async throws -> [UInt8]) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.kind {
        case .call where tasks.count < LocalServer.callsAtOnce && tasks[frame.number] == nil: begin(frame, context)
        case .cancel: tasks[frame.number]?.cancel()
        case .call, .reply, .failure: context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        for task in tasks.values { task.cancel() }
        tasks = [:]
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func begin(_ frame: CallFrame, _ context: ChannelHandlerContext) {
        let channel = context.channel, answer = answer, number = frame.number
        let bytes = Array(frame.bytes.readableBytesView)
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        tasks[number] = Task {
            let reply: CallFrame
            do {
                reply = CallFrame(kind: .reply, number: number, bytes: ByteBuffer(bytes: try await answer(bytes)))
            } catch {
                reply = CallFrame(kind: .failure, number: number, bytes: ByteBuffer(string: "\(error)"))
            }
            channel.eventLoop.execute {
                handler.value.tasks[number] = nil
                channel.writeAndFlush(reply, promise: nil)
            }
        }
    }
}

@available(*, unavailable)
extension CallAnswerer: Sendable {}
