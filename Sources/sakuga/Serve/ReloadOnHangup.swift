import Foundation
import HTTPService
import Logging
import Serving
import ServiceLifecycle
import UnixSignals

/// On SIGHUP, reads keys and certificate anew. What cannot be read leaves the old in force.
struct ReloadOnHangup: Service {
    let keys: APIKeyRing?
    let tls: TLSIdentity?
    let logger: Logger

    /// Certificates that are renewed by themselves are renewed earlier than this.
    private static let renewalDays = 14.0

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
                logger.info("API keys read anew", metadata: ["keys": "\(count)"])
            } catch {
                logger.error("\(error) The keys from before stay in force.")
            }
        }
        if let tls {
            do throws(TLSIdentityError) {
                try tls.reload()
                logger.info("certificate read anew")
            } catch {
                logger.error("\(error) The certificate from before stays in force.")
            }
        }
        warn()
    }

    /// What the operator should see to before it hurts.
    private func warn() {
        if let warning = keys?.permissionWarning { logger.warning("\(warning)") }
        guard let expiry = tls?.expiry else { return }
        let days = expiry.timeIntervalSinceNow / 86_400
        if days < 0 {
            logger.error("The certificate ended on \(expiry.formatted(.iso8601)). Put a new one in its place and send SIGHUP.")
        } else if days < Self.renewalDays {
            logger.warning(
                "The certificate ends on \(expiry.formatted(.iso8601)), in \(Int(days)) days. Renew it and send SIGHUP.")
        }
    }
}
