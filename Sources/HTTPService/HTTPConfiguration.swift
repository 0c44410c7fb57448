/// Where the service listens and what it bears.
package struct HTTPConfiguration: Sendable {
    /// Name or address to listen on.
    package var host = "127.0.0.1"
    /// Port; 0 takes a free one.
    package var port = 7860
    /// Largest body of a request, in bytes.
    package var bodyLimit = 20_000_000
    /// Sum of the bodies in memory at once, in bytes; what comes beyond is sent away with 503.
    package var bodiesLimit = 512 << 20
    /// Most connections at once; later ones wait in the system's backlog.
    package var connectionLimit = 2_048
    /// A body of which nothing arrives for so long is given up with 408.
    package var stallTimeout: Duration = .seconds(30)
    /// A whole body has to arrive within this time, however steadily it drips.
    package var bodyTimeout: Duration = .seconds(300)
    /// A connection without a request, or with an unfinished head, is closed after this time.
    /// It is longer than `stallTimeout`, so that a stalled body gets its answer first.
    package var idleTimeout: Duration = .seconds(75)
    /// How long a refused body is read to its end, so that the client gets to see the refusal.
    package var lingerTimeout: Duration = .seconds(2)
    /// Most streams of job events at once; what comes beyond is sent away with 503.
    package var eventStreamLimit = 1_000
    /// A stream of job events shows a sign of life this often, so that proxies keep it open.
    package var eventHeartbeat: Duration = .seconds(15)
    /// Sizes that a client may ask for, in pixels.
    package var sizes: ClosedRange<Int> = 16...1_024

    /// The defaults: one person on one machine.
    package init() {}
}
