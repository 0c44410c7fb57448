import Foundation
import JobQueue
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A TLS connection to Redis behind a plain socket, since hiredis is built without TLS: what is written to `socket` is sent
/// encrypted, and replies are read from it decrypted. Neither side is read faster than the other accepts it, so only a few buffers are
/// held.
final class TLSBridge: Sendable {
    /// Our end. Closing it closes the connection.
    let socket: Int32
    private let firstError: FirstError

    /// Connects. The handshake runs while the first command waits; where it fails the socket is closed, and `failure` says why.
    init(to address: RedisAddress) throws(JobStoreError) {
        let context = try Self.context(for: address)
        var ends: [Int32] = [-1, -1]
        #if canImport(Darwin)
            let kind = SOCK_STREAM
        #else
            let kind = Int32(SOCK_STREAM.rawValue)
        #endif
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .unavailable("no socket can be made (\(String(cString: strerror(errno)))).")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let firstError = FirstError()
        do {
            try Self.join(ends[1], to: address, context: context, firstError: firstError)
        } catch {
            close(ends[0])
            throw .unavailable("no connection to \(address): \(Self.sentence(for: error, of: address))")
        }
        socket = ends[0]
        self.firstError = firstError
    }

    /// Why TLS ended the connection; nil when it did not.
    var failure: String? { firstError.sentence.withLock { $0 } }

    private static func context(for address: RedisAddress) throws(JobStoreError) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let path = address.certificates { configuration.trustRoots = .file(path) }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            let roots = address.certificates.map { "the certificates in \($0)" } ?? "the system's certificates"
            throw .unavailable("\(roots) cannot be read; name a PEM file with ?cacert=PATH (\(error)).")
        }
    }

    /// Connects both ends on one event loop.
    private static func join(_ end: Int32, to address: RedisAddress, context: NIOSSLContext, firstError: FirstError) throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (inside, outside) = Relay.pair { error in
            firstError.sentence.withLock { $0 = $0 ?? "no connection to \(address): \(sentence(for: error, of: address))" }
        }
        let local = try ClientBootstrap(group: loop)
            .channelInitializer { channel in channel.pipeline.addHandler(inside) }
            .withConnectedSocket(end).wait()
        do {
            _ = try ClientBootstrap(group: loop)
                .connectTimeout(TimeAmount(RedisLink.connectTimeout))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let name = address.hostIsNumber ? nil : address.host
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: name))
                        try channel.pipeline.syncOperations.addHandler(outside)
                    }
                }
                .connect(host: address.host, port: address.port).wait()
        } catch {
            local.close(promise: nil)
            throw error
        }
    }

    private static func sentence(for error: any Error, of address: RedisAddress) -> String {
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is not signed by \(address.certificates ?? "the system's certificates"). "
                + "Name the file of its authority with ?cacert=PATH."
        }
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            return "its certificate is for another host than \(address.host)."
        }
        if text.contains("WRONG_VERSION_NUMBER") { return "it does not speak TLS there. Is it redis:// or another port?" }
        return "\(text)."
    }
}

/// A sentence about the first error.
private final class FirstError: Sendable {
    let sentence = Mutex<String?>(nil)
}

extension RedisAddress {
    /// Whether the host is an IP address, which a certificate must name as such.
    fileprivate var hostIsNumber: Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }
}

/// Writes what its channel reads to the other relay's channel, and reads more only while that is writable.
///
/// Invariant behind `@unchecked Sendable`: after `pair` the variables are accessed only on the event loop that both channels share.
private final class Relay: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var other: Relay?
    private var context: ChannelHandlerContext?
    private var isReadPending = false
    private let onError: @Sendable (any Error) -> Void

    private init(_ onError: @escaping @Sendable (any Error) -> Void) { self.onError = onError }

    /// The relays of the plain and of the encrypted side. `onError` gets the errors of both.
    static func pair(_ onError: @escaping @Sendable (any Error) -> Void) -> (inside: Relay, outside: Relay) {
        let pair = (inside: Relay(onError), outside: Relay(onError))
        pair.inside.other = pair.outside
        pair.outside.other = pair.inside
        return pair
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { other?.readAgain() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        // Breaks the cycle of the two.
        other = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        other?.readAgain()
        context.fireChannelActive()
    }

    func read(context: ChannelHandlerContext) {
        if other?.isWritable ?? true { context.read() } else { isReadPending = true }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other?.context?.write(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        other?.context?.flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { other?.readAgain() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        other?.context?.close(promise: nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        onError(error)
        context.close(promise: nil)
    }

    private var isWritable: Bool { context.map { $0.channel.isActive && $0.channel.isWritable } ?? false }

    private func readAgain() {
        guard isReadPending else { return }
        isReadPending = false
        context?.read()
    }
}
