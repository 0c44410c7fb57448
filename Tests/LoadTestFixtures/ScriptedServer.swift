import LoadGeneration
package import NIOCore
import NIOPosix
package import NIOSSL
package import Synchronization

/// A server on 127.0.0.1 that does with each request what a test tells it to.
package final class ScriptedServer: Sendable {
    /// A request as it came.
    package struct Request: Sendable {
        /// The connection it came on, counted from 0.
        package let connection: Int
        /// Its place among the connection's requests, counted from 0.
        package let place: Int
        /// Request line and header fields.
        package let head: String
        package let body: [UInt8]

        package var path: String { String(head.split(separator: " ")[1]) }

        /// The value of a header field.
        package func field(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name.lowercased()): ") }
                .map { String($0.dropFirst(name.count + 2)) }
        }
    }

    /// What the server does, one after the other.
    package enum Step: Sendable {
        case send(String)
        case pause(TimeAmount)
        case close
        /// Goes on sending for as long as the client listens.
        case flood
    }

    package typealias Script = @Sendable (Request) -> [Step]

    package let port: Int
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let log: Log

    /// What the server has seen; its own object, so that handlers need not know the server.
    package final class Log: Sendable {
        package let requests = Mutex<[Request]>([])
        package let connections = Mutex(0)
    }

    /// Everything that came so far.
    package var requests: [Request] { log.requests.withLock { $0 } }
    /// How many connections were made, those of a generator's start included.
    package var connections: Int { log.connections.withLock { $0 } }

    package init(tls: NIOSSLContext? = nil, _ script: @escaping Script) async throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let log = Log()
        self.log = log
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    let number = log.connections.withLock { count in
                        count += 1
                        return count - 1
                    }
                    try channel.pipeline.syncOperations.addHandler(ScriptHandler(script, log, connection: number))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    /// No new connections from now on.
    package func stopListening() async throws { try await channel.close() }

    package func stop() async throws { try await group.shutdownGracefully() }

    /// An answer with a body.
    package static func response(_ body: String, status: String = "200 OK", fields: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }
}

private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: ScriptedServer.Script
    private let log: ScriptedServer.Log
    private let connection: Int
    private var held = ByteBuffer()
    private var count = 0

    init(_ script: @escaping ScriptedServer.Script, _ log: ScriptedServer.Log, connection: Int) {
        self.script = script
        self.log = log
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        held.writeImmutableBuffer(unwrapInboundIn(data))
        while let request = takeRequest() {
            log.requests.withLock { $0.append(request) }
            perform(script(request)[...], context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func takeRequest() -> ScriptedServer.Request? {
        let text = String(buffer: held.getSlice(at: held.readerIndex, length: min(held.readableBytes, 4096)) ?? ByteBuffer())
        guard let end = text.utf8.firstRange(of: "\r\n\r\n".utf8) else { return nil }
        let length = text.utf8.distance(from: text.startIndex, to: end.upperBound)
        let head = String(text[..<end.lowerBound])
        let field = head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
        let bodyLength = field.flatMap { Int($0.dropFirst(16)) } ?? 0
        guard held.readableBytes >= length + bodyLength else { return nil }
        held.moveReaderIndex(forwardBy: length)
        let body = held.readBytes(length: bodyLength) ?? []
        defer { count += 1 }
        return ScriptedServer.Request(connection: connection, place: count, head: head, body: body)
    }

    private func perform(_ steps: ArraySlice<ScriptedServer.Step>, _ context: ChannelHandlerContext) {
        guard let step = steps.first, context.channel.isActive else { return }
        let rest = steps.dropFirst()
        switch step {
        case .send(let text):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            perform(rest, context)
        case .pause(let time):
            context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.perform(rest, context) }
        case .close: context.close(promise: nil)
        case .flood:
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(repeating: 0x61, count: 65_536)))
                .assumeIsolated().whenSuccess { self.perform(steps, context) }
        }
    }
}
