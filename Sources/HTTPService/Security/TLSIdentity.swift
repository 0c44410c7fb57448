package import Foundation
import NIOSSL
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
