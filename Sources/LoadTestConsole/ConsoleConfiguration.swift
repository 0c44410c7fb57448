package import LoadGeneration


/// Where the console listens, who may use it, and what it tells of the test. What is tested is fixed here and by no request.
package struct ConsoleConfiguration: Sendable {
    /// Name or address to listen on. Anything but a loopback one needs a `token`.
    package var host = "127.0.0.1"
    /// Port; 0 takes a free one.
    package var port = 8089
    /// What `Authorization: Bearer` has to show for everything but the page's own files; nil lets everybody in who reaches the port.
    package var token: String?
    /// Names under which browsers may call a console on a loopback address, besides the loopback names themselves.
    package var hostNames: [String] = []
    /// What is tested and how, for the page.
    package var profile: ConsoleProfile
    /// Most connections at once.
    package var connectionLimit = 64
    /// Most pages that follow the figures at once; what comes beyond is sent away with 503.
    package var eventStreamLimit = 16
    /// How often a page is told how things stand.
    package var interval: Duration = .seconds(1)
    /// So many runs are kept for comparison, each with its histograms; older ones go.
    package var runLimit = 10

    /// A console for one machine.
    package init(profile: ConsoleProfile) { self.profile = profile }
}

/// What is tested and how: what the page shows above everything and never changes.
package struct ConsoleProfile: Sendable, Encodable {
    /// The service's address, without credentials.
    package var target: String
    /// What is asked of it.
    package var requests: [RequestLabel]
    /// Whether the load is users (closed model) or arrivals a second (open model).
    package var isOpen: Bool
    /// The load, in users or arrivals a second, that the page offers first.
    package var load: Double
    /// Users started a second; nil: all at once.
    package var spawnRate: Double?
    /// The users' waiting in words; nil in the open model.
    package var wait: String?
    /// The shape that the test was made with, in words; it can be started as it is.
    package var shape: String
    /// What is asked of the target, such as `p95=3s`.
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
