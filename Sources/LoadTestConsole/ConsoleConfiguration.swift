package import LoadGeneration

/// Where the console listens, who may use it, and what it shows of the test. The test is fixed here; no request changes it.
package struct ConsoleConfiguration: Sendable {
    /// Name or address to listen on. Anything but a loopback one needs a `token`.
    package var host = "127.0.0.1"
    /// Port; 0 takes a free one.
    package var port = 8089
    /// The bearer token required for everything but the page's own files; nil allows everybody who reaches the port.
    package var token: String?
    /// Names under which browsers may call a console on a loopback address, besides the loopback names themselves.
    package var hostNames: [String] = []
    /// What is tested and how, for the page.
    package var profile: ConsoleProfile
    /// The limit of connections.
    package var connectionLimit = 64
    /// The limit of event streams; further ones get a 503.
    package var eventStreamLimit = 16
    /// The interval of the event stream.
    package var interval: Duration = .seconds(1)
    /// The number of runs that are kept for comparison, with their histograms.
    package var runLimit = 10

    /// A console for one machine.
    package init(profile: ConsoleProfile) { self.profile = profile }
}

/// What is tested and how; fixed for the life of the console.
package struct ConsoleProfile: Sendable, Encodable {
    /// The service's address, without credentials.
    package var target: String
    /// The requests.
    package var requests: [RequestLabel]
    /// Whether the load is users (closed model) or arrivals a second (open model).
    package var isOpen: Bool
    /// The load, in users or arrivals a second, that the page offers first.
    package var load: Double
    /// Users started a second; nil: all at once.
    package var spawnRate: Double?
    /// The think time as text; nil in the open model.
    package var wait: String?
    /// The shape that the test was made with, as text.
    package var shape: String
    /// The objectives, such as `p95=3s`.
    package var objectives: [String]
    /// This program's version.
    package var version: String

    /// Makes a profile.
    package init(
        target: String, requests: [RequestLabel] = [], isOpen: Bool = false, load: Double = 10, spawnRate: Double? = nil,
        wait: String? = nil, shape: String = "", objectives: [String] = [], version: String = "development"
    ) {
        self.target = target
        self.requests = requests
        self.isOpen = isOpen
        self.load = load
        self.spawnRate = spawnRate
        self.wait = wait
        self.shape = shape
        self.objectives = objectives
        self.version = version
    }
}
