import Hummingbird
import WebPages

/// What every request passes before it reaches `Refusals` and the routes, in this order.
enum Guards {
    static func add(
        to router: Router<CallContext>, _ configuration: HTTPConfiguration, pages: PageFiles, observation: Observation
    ) {
        router.add(middleware: ProtectiveHeaders(isEncrypted: configuration.tls != nil))
        router.add(middleware: CrossOrigin(policy: configuration.crossOrigin))
        router.add(
            middleware: AccessGate(
                rules: AccessRules(pages: pages.paths.map(\.path)), asksForKey: configuration.keys != nil,
                limiter: configuration.rateLimiter, observation: observation))
    }
}
