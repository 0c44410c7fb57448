import LoadGeneration
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL
import Synchronization

/// An HTTP/2 server that answers each request with so many bytes, and remembers how long the requests' bodies were.
final class HTTP2Server: Sendable {
    let port: Int
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let log: Log

    final class Log: Sendable {
        let bodies = Mutex<[Int]>([])
        let ids = Mutex<Set<String>>([])
    }

    var bodies: [Int] { log.bodies.withLock { $0 } }
    var ids: Set<String> { log.ids.withLock { $0 } }

    init(tls: NIOSSLContext? = nil, answerBytes: Int) async throws {
        let log = Log()
        self.log = log
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
                        mode: .server, connectionConfiguration: .init(), streamConfiguration: .init()
                    ) { stream in
                        stream.eventLoop.makeCompletedFuture {
                            try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
                            try stream.pipeline.syncOperations.addHandler(Answerer(log, answerBytes))
                        }
                    }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func stop() async throws { try await group.shutdownGracefully() }

    private final class Answerer: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let log: Log
        private let answerBytes: Int
        private var length = 0

        init(_ log: Log, _ answerBytes: Int) {
            self.log = log
            self.answerBytes = answerBytes
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): _ = log.ids.withLock { $0.insert(head.headers.first(name: "x-request-id") ?? "") }
            case .body(let bytes): length += bytes.readableBytes
            case .end:
                log.bodies.withLock { $0.append(length) }
                context.write(wrapOutboundOut(.head(.init(version: .http2, status: .ok))), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(repeating: 0x20, count: answerBytes)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
