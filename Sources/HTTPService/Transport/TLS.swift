package import Foundation
import NIOCore
import NIOSSL
import NIOTLS
import Synchronization

/// Why a certificate and its key can't be used, in a sentence for the operator (it names files).
package struct TLSIdentityError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The sentence.
    package var description: String
}

/// The certificate that the service shows, read from files and read anew on demand; connections that are open keep the one with
/// which they began.
package final class TLSIdentity: Sendable {
    private struct Current {
        var context: NIOSSLContext
        var expiry: Date
    }

    private static let largestFile = 1 << 20

    private let certificatePath: String
    private let keyPath: String
    private let current: Mutex<Current>

    /// Reads a certificate with its chain, and the key to it, both in PEM. Errors: a file can't be read, is not PEM, or the two
    /// don't belong together.
    package init(certificatePath: String, keyPath: String) throws(TLSIdentityError) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        current = Mutex(try Self.read(certificatePath, keyPath))
    }

    /// Reads both files anew for connections to come. On an error the service goes on with what it has.
    package func reload() throws(TLSIdentityError) {
        let fresh = try Self.read(certificatePath, keyPath)
        current.withLock { $0 = fresh }
    }

    /// When the certificate ends.
    package var expiry: Date { current.withLock { $0.expiry } }

    /// What the next connection is encrypted with.
    var context: NIOSSLContext { current.withLock { $0.context } }

    private static func read(_ certificatePath: String, _ keyPath: String) throws(TLSIdentityError) -> Current {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMBytes(bytes(certificatePath, "certificate"))
        } catch {
            throw problem(error, "\(certificatePath) holds no certificate in PEM (-----BEGIN CERTIFICATE-----).")
        }
        guard let leaf = chain.first else {
            throw TLSIdentityError(description: "\(certificatePath) holds no certificate in PEM (-----BEGIN CERTIFICATE-----).")
        }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(bytes: bytes(keyPath, "key"), format: .pem)
        } catch {
            throw problem(error, "\(keyPath) holds no private key in PEM without a passphrase (-----BEGIN PRIVATE KEY-----).")
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
                    the key in \(keyPath) does not belong to the first certificate in \(certificatePath). \
                    Put the server's own certificate first, the chain after it.
                    """
            )
        }
    }

    private static func bytes(_ path: String, _ what: String) throws(TLSIdentityError) -> [UInt8] {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: largestFile + 1) ?? Data()
        } catch {
            throw TLSIdentityError(
                description: "the \(what) \(path) can't be read. Is the path right, and may this user read it?")
        }
        if data.count > largestFile { throw TLSIdentityError(description: "\(path) is larger than 1 MB; that is no \(what).") }
        return [UInt8](data)
    }

    /// What reading has said already, or else the given sentence.
    private static func problem(_ error: any Error, _ sentence: String) -> TLSIdentityError {
        error as? TLSIdentityError ?? TLSIdentityError(description: sentence)
    }
}

/// Closes a connection whose TLS handshake does not end in time, and then is gone.
///
/// Belongs to its channel's event loop, as every channel handler does.
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
            // Below TLS, which would say good-bye first and wait for an answer.
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
