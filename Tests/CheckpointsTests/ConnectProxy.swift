import NIOCore
import NIOPosix
import Synchronization

/// A web proxy that accepts every tunnel and answers requests through it with `410 Gone` itself.
enum ConnectProxy {
    /// Runs while `body` runs, with its port. Returns the first lines of the CONNECT requests.
    static func serve(_ body: @escaping @Sendable (Int) async throws -> Void) async throws -> [String] {
        let lines = Lines()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(lines)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(channel.localAddress?.port ?? 0)
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
        return lines.all
    }

    private final class Lines: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock { $0 } }
        func record(_ line: String) { list.withLock { $0.append(line) } }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let lines: Lines
        private var request = ""

        init(_ lines: Lines) { self.lines = lines }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            request += String(buffer: unwrapInboundIn(data))
            guard request.hasSuffix("\r\n\r\n") else { return }
            defer { request = "" }
            let isTunnel = request.hasPrefix("CONNECT")
            if isTunnel { lines.record(String(request.prefix { $0 != "\r\n" })) }
            let answer = isTunnel ? "HTTP/1.1 200 OK\r\n\r\n" : "HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"
            context.writeAndFlush(NIOAny(ByteBuffer(string: answer)), promise: nil)
        }
    }
}
