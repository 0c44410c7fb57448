package import Foundation
import NIOCore
import NIOSSL
import NIOTLS
import Synchronization

/// Why a certificate and its key cannot be used. The description names files and is meant for the operator.
package struct TLSIdentityError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The description.
    package var description: String
}

/// The service's certificate and private key, read from files and reloaded on demand. Open connections keep the certificate with which they
/// began.
package final class TLSIdentity: Sendable {
    private struct Current {
        var context: NIOSSLContext
        var expiry: Date
    }

    private static let maximumFileSize = 1 << 20

    private let certificatePath: String
    private let keyPath: String
    private let current: Mutex<Current>

    /// Reads a certificate with its chain and its private key, both in PEM.
    /// - Throws: If a file cannot be read or is not PEM, or if the two do not match.
    package init(certificatePath: String, keyPath: String) throws(TLSIdentityError) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        current = Mutex(try Self.read(certificatePath, keyPath))
    }

    /// Reads both files again, for new connections. On an error the current certificate stays in use.
    package func reload() throws(TLSIdentityError) {
        let fresh = try Self.read(certificatePath, keyPath)
        current.withLock { $0 = fresh }
    }

    /// When the certificate expires.
    package var expiry: Date { current.withLock { $0.expiry } }

    /// The TLS context of new connections.
    var context: NIOSSLContext { current.withLock { $0.context } }

    private static func read(_ certificatePath: String, _ keyPath: String) throws(TLSIdentityError) -> Current {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMBytes(bytes(certificatePath, "certificate"))
        } catch {
            throw problem(error, "\(certificatePath) contains no certificate in PEM (-----BEGIN CERTIFICATE-----).")
        }
        guard let leaf = chain.first else {
            throw TLSIdentityError(
                description: "\(certificatePath) contains no certificate in PEM (-----BEGIN CERTIFICATE-----).")
        }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(bytes: bytes(keyPath, "key"), format: .pem)
        } catch {
            throw problem(error, "\(keyPath) contains no unencrypted private key in PEM (-----BEGIN PRIVATE KEY-----).")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do {
            let context = try NIOSSLContext(configuration: configuration)
            return Current(context: context, expiry: Date(timeIntervalSince1970: TimeInterval(leaf.notValidAfter)))
        } catch {
            throw TLSIdentityError(
                description:
                    """
                    the key in \(keyPath) does not match the first certificate in \(certificatePath). \
                    Put the server's own certificate first, then the chain.
                    """
            )
        }
    }

    private static func bytes(_ path: String, _ what: String) throws(TLSIdentityError) -> [UInt8] {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: maximumFileSize + 1) ?? Data()
        } catch {
            throw TLSIdentityError(
                description: "the \(what) \(path) cannot be read. Check the path and its permissions.")
        }
        if data.count > maximumFileSize {
            throw TLSIdentityError(description: "\(path) is larger than 1 MB and is not a \(what).")
        }
        return [UInt8](data)
    }

    /// The error that reading the file has thrown, or else one with this description.
    private static func problem(_ error: any Error, _ sentence: String) -> TLSIdentityError {
        error as? TLSIdentityError ?? TLSIdentityError(description: sentence)
    }
}

/// Closes a connection whose TLS handshake does not complete in time. Removes itself after the handshake.
///
/// Confined to its channel's event loop.
final class HandshakeTimeoutHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let timeout: TimeAmount
    private var timer: Scheduled<Void>?

    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: timeout) {
            // Below TLS, which would send close_notify first and wait for an answer.
            let pipeline = loopBound.value.pipeline.syncOperations
            try? pipeline.context(handlerType: WriteTimeoutHandler.self).close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent {
            timer?.cancel()
            timer = nil
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }
}

@available(*, unavailable)
extension HandshakeTimeoutHandler: Sendable {}
