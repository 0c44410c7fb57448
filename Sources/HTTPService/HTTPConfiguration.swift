package import Serving

/// The service's address, its limits and its timeouts.
package struct HTTPConfiguration: Sendable {
    /// The name or address to listen on.
    package var host = "127.0.0.1"
    /// The port; 0 picks a free one.
    package var port = 7860
    /// A listening socket to use instead of opening one on `host` and `port`.
    package var socket: SharedSocket?
    /// With `socket`: how long open connections may send further requests after shutdown has begun.
    package var gracePeriod: Duration = .seconds(3)
    /// The maximum size of a request body, in bytes. Larger ones get 413.
    package var bodyLimit = 20_000_000
    /// The maximum size of all request bodies in memory together, in bytes. Requests beyond it get 503.
    package var bodiesLimit = 512 << 20
    /// The maximum number of open connections. Further ones wait in the system's backlog.
    package var connectionLimit = 2_048
    /// The maximum number of open connections of one client (an IPv4 address, or an IPv6 network). Further ones are closed at once.
    /// Loopback addresses and trusted proxies are exempt. The default is half of `connectionLimit`, so that no client can occupy the
    /// whole service.
    package var connectionsPerClient = 1_024
    /// A body of which no byte arrives for this long gets 408. It must be less than `requestTimeout`.
    package var stallTimeout: Duration = .seconds(30)
    /// A whole body must arrive within this time, or it gets 408.
    package var bodyTimeout: Duration = .seconds(300)
    /// A request head must arrive within this time: the first from the connection's start, later ones from their first byte.
    package var headTimeout: Duration = .seconds(30)
    /// A TLS handshake must complete within this time.
    package var handshakeTimeout: Duration = .seconds(10)
    /// A connection whose client reads none of its response for this long is closed. Event streams too.
    package var writeTimeout: Duration = .seconds(30)
    /// The time from a request's head to the end of its response, after which the connection is closed. Event streams are exempt. It must
    /// be more than `bodyTimeout` plus the time that a synchronous request may wait.
    package var requestTimeout: Duration = .seconds(900)
    /// An idle connection is closed after this time. It must be more than `stallTimeout`, so that a stalled body gets its response first.
    package var idleTimeout: Duration = .seconds(75)
    /// How long the rest of a rejected body is read and discarded, so that the client can read the response.
    package var lingerTimeout: Duration = .seconds(2)
    /// How long a synchronous request waits for the model to load, within its own timeout and the service's. Then it gets 503.
    package var startWait: Duration = .seconds(2)
    /// The maximum number of requests that wait so. Further ones get 503.
    package var startWaiters = 256
    /// The limits and timings of the Gradio API.
    package var gradio = GradioConfiguration()
    /// The maximum number of open event streams. Further ones get 503.
    package var eventStreamLimit = 1_000
    /// The interval of heartbeats in event streams, which keep proxies from closing them.
    package var eventHeartbeat: Duration = .seconds(15)
    /// The sizes that a client may request, in pixels.
    package var sizes: ClosedRange<Int> = 16...1_024
    /// The accepted API keys; nil if no key is required.
    package var keys: APIKeyRing?
    /// The rate limit of each client; nil for none.
    package var rateLimiter: RateLimiter?
    /// The proxies whose `X-Forwarded-…` and `Forwarded` fields are trusted.
    package var trustedProxies = TrustedProxies.none
    /// The TLS certificate; nil for plain HTTP.
    package var tls: TLSIdentity?
    /// The origins whose pages may use the service.
    package var crossOrigin = CrossOriginPolicy.none

    /// The defaults, for one person on one machine.
    package init() {}
}
