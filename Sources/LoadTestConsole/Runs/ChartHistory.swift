import LoadTesting

/// A run's points for the page's charts, in bounded memory: when `capacity` is reached, every second point is removed, and from then on only
/// every second one is added.
struct ChartHistory: Sendable {
    /// Figures of one moment; times in seconds.
    struct Point: Sendable, Encodable {
        var at: Double
        var users: Int
        var rate: Double?
        var inFlight: Int
        var throughput: Double
        var failures: Double
        var errorShare: Double?
        var mean: Double?
        var p50: Double?
        var p95: Double?
        var p99: Double?
        var cpu: Double?
        var rss: Int?
        var queue: Double?
        var generatorCpu: Double
        var stage: Int?
        var isMeasured: Bool
    }

    static let capacity = 1_200
    private(set) var points: [Point] = []
    private(set) var runID = ""
    private var stride = 1
    private var seen = 0

    /// Adds a snapshot; another run starts over.
    mutating func add(_ snapshot: LiveSnapshot) {
        guard snapshot.phase != .idle else { return }
        if snapshot.runID != runID { self = ChartHistory(runID: snapshot.runID) }
        defer { seen += 1 }
        guard seen % stride == 0 else { return }
        points.append(Point(snapshot))
        guard points.count >= Self.capacity else { return }
        points = points.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        stride *= 2
    }

    init(runID: String = "") { self.runID = runID }
}

extension ChartHistory.Point {
    init(_ snapshot: LiveSnapshot) {
        let second = snapshot.second
        at = snapshot.elapsed
        users = snapshot.users
        if case .rate(let rate) = snapshot.level { self.rate = rate }
        inFlight = snapshot.inFlight
        throughput = second.throughput
        failures = second.seconds > 0 ? Double(second.failures) / second.seconds : Double(second.failures)
        errorShare = second.requests > 0 ? second.errorShare : nil
        (mean, p50, p95, p99) = (
            second.mean.map(Self.seconds), second.p50.map(Self.seconds), second.p95.map(Self.seconds),
            second.p99.map(Self.seconds)
        )
        cpu = snapshot.target?.cpuPercent
        rss = snapshot.target?.residentBytes
        queue = snapshot.target?.queued ?? snapshot.target?.waiting
        generatorCpu = snapshot.generator.cpuPercent
        stage = snapshot.stage?.index
        isMeasured = snapshot.phase == .measuring
    }

    private static func seconds(_ milliseconds: Double) -> Double { milliseconds / 1000 }
}
