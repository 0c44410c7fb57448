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

    func run() async throws {
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
    }
}
