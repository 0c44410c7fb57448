import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A client that sends exactly the given bytes, and can stop at any point.
struct RawConnection {
    let inbound: NIOAsyncChannelInboundStream<ByteBuffer>
    let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

    /// Connects to `port` on this machine and closes the connection after `body`.
    static func open<Result: Sendable>(port: Int, _ body: @Sendable (RawConnection) async throws -> Result) async throws -> Result
    {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "localhost", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(RawConnection(inbound: inbound, outbound: outbound))
        }
    }

    /// If the server has closed the connection already, reading reports it.
    func send(_ text: String) async throws {
        do {
            try await outbound.write(ByteBuffer(string: text))
        } catch ChannelError.ioOnClosedChannel {}
    }

    /// Everything that the server sends until it closes or resets the connection.
    func readToEnd() async throws -> String {
        var all = ByteBuffer()
        do {
            for try await part in inbound { all.writeImmutableBuffer(part) }
        } catch let error as IOError where error.errnoCode == ECONNRESET {}
        return String(buffer: all)
    }

    /// What the server sends up to `end`.
    func read(to end: String) async throws -> String {
        var all = ""
        for try await part in inbound {
            all += String(buffer: part)
            if all.contains(end) { break }
        }
        return all
    }
}
