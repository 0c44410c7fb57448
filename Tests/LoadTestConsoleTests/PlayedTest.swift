import Foundation
import LoadGeneration
import LoadTestConsole
import LoadTesting

/// A load test without load: it plays runs that end when they are told to.
actor PlayedTest: LoadTestControl {
    private(set) var snapshot = LiveSnapshot()
    private(set) var steps: [StepSummary] = []
    private(set) var summary: LoadTestSummary?
    /// The shapes that were run; nil the planned one.
    private(set) var shapes: [LoadShape?] = []
    private(set) var levels: [LoadLevel] = []
    private(set) var spawnRates: [Double?] = []
    private var listeners: [AsyncStream<LiveSnapshot>.Continuation] = []
    private var ending: CheckedContinuation<Void, Never>?
    /// What the next run throws instead of running.
    private var trouble: LoadTestError?

    func run(_ shape: LoadShape?) async throws(LoadTestError) -> LoadTestSummary {
        if let trouble { throw trouble }
        shapes.append(shape)
        let level = shape?.stages.first?.from ?? .users(20)
        begin(level)
        await withTaskCancellationHandler {
            await withCheckedContinuation { ending = $0 }
        } onCancel: {
            Task { await self.stop() }
        }
        let summary = madeUpSummary(id: snapshot.runID, users: Int(level.number))
        self.summary = summary
        steps = summary.steps
        snapshot.phase = .finished
        tell()
        return summary
    }

    func stop() {
        ending?.resume()
        ending = nil
    }

    func setUsers(_ users: Int, spawnRate: Double?) throws(LoadTestError) {
        spawnRates.append(spawnRate)
        try change(.users(users))
    }

    func setRate(_ rate: Double) throws(LoadTestError) { try change(.rate(rate)) }

    func snapshots() -> AsyncStream<LiveSnapshot> {
        let (stream, continuation) = AsyncStream.makeStream(of: LiveSnapshot.self, bufferingPolicy: .bufferingNewest(4))
        listeners.append(continuation)
        return stream
    }

    /// From now on runs fail like this.
    func fail(_ error: LoadTestError?) { trouble = error }

    /// A second passes.
    func tick() {
        snapshot.elapsed += 1
        snapshot.second.requests = 8
        snapshot.second.seconds = 1
        snapshot.second.throughput = 8
        snapshot.second.p95 = 850
        tell()
    }

    private func change(_ level: LoadLevel) throws(LoadTestError) {
        guard ending != nil else { throw .notRunning }
        levels.append(level)
        snapshot.level = level
        snapshot.stage?.index += 1
        tell()
    }

    private func begin(_ level: LoadLevel) {
        snapshot = LiveSnapshot(phase: .measuring, time: Date(timeIntervalSince1970: 1_790_000_000))
        snapshot.runID = "run-\(shapes.count)"
        snapshot.level = level
        snapshot.users = Int(level.number)
        snapshot.stage = LiveSnapshot.Stage(index: 0, count: nil, label: level.text, elapsed: 0, seconds: nil, dropped: 0)
        tell()
    }

    private func tell() { for listener in listeners { listener.yield(snapshot) } }
}

/// A run of one step.
func madeUpSummary(id: String, users: Int) -> LoadTestSummary {
    let started = Date(timeIntervalSince1970: 1_790_000_000), label = RequestLabel(method: "POST", name: "/api/predict/")
    var collector = StepCollector(
        labels: [label], conditions: StepConditions(label: "\(users) users", users: users, started: started))
    for second in 0..<10 {
        var window = WindowCounts(labels: [label])
        for index in 0..<20 {
            let end = UInt64(second * 1_000_000_000 + index * 1_000_000)
            window.record(RequestRecord(start: end, end: end + UInt64(500 + users * 10) * 1_000_000, outcome: .succeeded))
        }
        collector.add(window, seconds: 1)
    }
    let step = collector.summary(objectives: [Objective(.percentile(95), 3)])
    let requests = RequestSummary.of(collector.window, seconds: 10)
    return LoadTestSummary(
        id: id, started: started, ended: started + 10, command: ["sakuga", "loadtest"],
        target: TargetSummary(url: "http://127.0.0.1:7860"),
        environment: EnvironmentSummary(host: "here", system: "Linux", cores: 2, version: "1"),
        load: LoadSummary(model: "closed", shape: "\(users) users"), steps: [step], requests: requests,
        total: RequestSummary.total(of: collector.window, seconds: 10), failures: [], timeline: [],
        objectives: [], verdict: RunVerdict(outcome: .passed), generator: GeneratorHealth())
}
