import Foundation
import HTTPService
import Logging
import Serving
import ServiceLifecycle
import UnixSignals

/// Reloads API keys and certificate on SIGHUP. What cannot be read stays as it was.
struct ReloadOnHangup: Service {
    let keys: APIKeyRing?
    let tls: TLSIdentity?
    let logger: Logger

    /// Automatic renewal usually happens earlier than this.
    private static let warningDays = 14.0

    func run() async throws {
        warn()
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) { reload() }
        }
    }

    private func reload() {
        if let keys {
            do throws(APIKeyFileError) {
                let count = try keys.reload()
                logger.info("API keys reloaded", metadata: ["keys": "\(count)"])
            } catch {
                logger.error("\(error) The previous keys stay valid.")
            }
        }
        if let tls {
            do throws(TLSIdentityError) {
                try tls.reload()
                logger.info("certificate reloaded")
            } catch {
                logger.error("\(error) The previous certificate stays in use.")
            }
        }
        warn()
    }

    /// Logs warnings about the key file's permissions and about the certificate's expiry.
    private func warn() {
        if let warning = keys?.permissionWarning { logger.warning("\(warning)") }
        guard let expiry = tls?.expiry else { return }
        let days = expiry.timeIntervalSinceNow / 86_400
        if days < 0 {
            logger.error("The certificate expired on \(expiry.formatted(.iso8601)). Replace it and send SIGHUP.")
        } else if days < Self.warningDays {
            logger.warning(
                "The certificate expires on \(expiry.formatted(.iso8601)), in \(Int(days)) days. Renew it and send SIGHUP.")
        }
    }
}
