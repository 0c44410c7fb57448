package import Serving

/// Where the service listens and what it bears.
package struct HTTPConfiguration: Sendable {
    /// Name or address to listen on.
    package var host = "127.0.0.1"
    /// Port; 0 takes a free one.
    package var port = 7860
    /// A listening socket that is open already, to use instead of `host` and `port`; nil: the service opens its own.
    package var socket: SharedSocket?
    /// With such a socket: how long open connections may go on asking when the service stops.
    package var gracePeriod: Duration = .seconds(3)
    /// Largest body of a request, in bytes.
    package var bodyLimit = 20_000_000
    /// Sum of the bodies in memory at once, in bytes; what comes beyond is sent away with 503.
    package var bodiesLimit = 512 << 20
    /// Most connections at once; later ones wait in the system's backlog.
    package var connectionLimit = 2_048
    /// Most connections of one client (an address, or a network of version 6); more are closed at once. This machine's own
    /// and trusted proxies have as many as they like. Half of all, so that nobody can take the whole service.
    package var connectionsPerClient = 1_024
    /// A body of which nothing arrives for so long is given up with 408.
    /// It has to be less than `requestTimeout`.
    package var stallTimeout: Duration = .seconds(30)
    /// A whole body has to arrive within this time, however steadily it drips.
    package var bodyTimeout: Duration = .seconds(300)
    /// The first head of a connection has to arrive within this time, later ones from their first byte on.
    package var headTimeout: Duration = .seconds(30)
    /// A TLS handshake has to end within this time.
    package var handshakeTimeout: Duration = .seconds(10)
    /// A client that takes nothing of its reply for so long is given up; event streams too.
    package var writeTimeout: Duration = .seconds(30)
    /// From a request's head to the end of its reply; then the connection is closed. Event streams may last longer.
    /// It is more than `bodyTimeout` and the time that a direct request may wait.
    package var requestTimeout: Duration = .seconds(900)
    /// A connection without a request is closed after this time.
    /// It is longer than `stallTimeout`, so that a stalled body gets its answer first.
    package var idleTimeout: Duration = .seconds(75)
    /// How long a refused body is read to its end, so that the client gets to see the refusal.
    package var lingerTimeout: Duration = .seconds(2)
    /// A direct request that comes while the model is being loaded waits for it so long at most, and no longer than its own time and the
    /// service's allow; and so many wait at most. The others get 503.
    package var startWait: Duration = .seconds(2)
    /// See `startWait`.
    package var startWaiters = 256
    /// What Gradio's clients may leave with the service.
    package var gradio = GradioConfiguration()
    /// Most streams of job events at once; what comes beyond is sent away with 503.
    package var eventStreamLimit = 1_000
    /// A stream of job events shows a sign of life this often, so that proxies keep it open.
    package var eventHeartbeat: Duration = .seconds(15)
    /// Sizes that a client may ask for, in pixels.
    package var sizes: ClosedRange<Int> = 16...1_024
    /// The keys without which nobody may come in; nil: everybody may.
    package var keys: APIKeyRing?
    /// What one client may ask for; nil: as much as it likes.
    package var rateLimiter: RateLimiter?
    /// The proxies whose `X-Forwarded-…` and `Forwarded` are believed.
    package var trustedProxies = TrustedProxies.none
    /// What to encrypt with; nil: plain HTTP.
    package var tls: TLSIdentity?
    /// Pages of which other origins may use the service.
    package var crossOrigin = CrossOriginPolicy.none

    /// The defaults: one person on one machine.
    package init() {}
}
