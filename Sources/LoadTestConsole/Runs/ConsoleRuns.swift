import Logging
import LoadTesting
import ServiceLifecycle

/// Starts runs for the routes, follows them, and keeps their summaries. As a `Service` it lives as long as the console.
actor ConsoleRuns: Service {
    private let control: any LoadTestControl
    private let runLimit: Int
    private let logger: Logger
    private let requestedShapes: AsyncStream<LoadShape?>
    private let shapeRequests: AsyncStream<LoadShape?>.Continuation
    private let onRun: @Sendable (LoadTestSummary) async -> Void
    private var isRunning = false
    /// Why the last run failed.
    private var trouble: ConsoleProblem?
    private var history = ChartHistory()
    private(set) var summaries: [LoadTestSummary] = []

    init(
        _ control: any LoadTestControl, runLimit: Int, logger: Logger, onRun: @escaping @Sendable (LoadTestSummary) async -> Void
    ) {
        self.control = control
        self.runLimit = runLimit
        self.logger = logger
        self.onRun = onRun
        (requestedShapes, shapeRequests) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Follows the test and starts the requested runs until a graceful shutdown or cancellation, which ends the current run.
    func run() async throws {
        let snapshots = await control.snapshots()
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.follow(snapshots) }
                group.addTask { await self.startRequestedRuns() }
            }
        }
    }

    /// Requests a run; nil is the shape that the test was made with.
    func start(_ shape: LoadShape?) throws(LoadTestError) {
        guard !isRunning else { throw .alreadyRunning }
        isRunning = true
        trouble = nil
        shapeRequests.yield(shape)
    }

    func stop() async { await control.stop() }

    func change(_ level: LoadLevel, spawnRate: Double?) async throws(LoadTestError) {
        switch level {
        case .users(let users): try await control.setUsers(users, spawnRate: spawnRate)
        case .rate(let rate): try await control.setRate(rate)
        }
    }

    /// The state of the test and its runs.
    func state() async -> ConsoleState {
        let snapshot = await control.snapshot, steps = await control.steps
        return ConsoleState(
            snapshot: snapshot, isRunning: isRunning, trouble: trouble?.sentence, troubleCode: trouble?.code,
            troubleFacts: trouble?.facts, steps: steps.map(StepRow.init), runs: summaries.map(\.id))
    }

    /// The current run's chart so far, for a page that was just opened.
    var chartPoints: [ChartHistory.Point] { history.points }

    /// The summary of a run by its id; `now` is the current run, or the last one.
    func summary(of id: String) async -> LoadTestSummary? {
        id == "now" ? await control.summary : summaries.first { $0.id == id }
    }

    private func follow(_ snapshots: AsyncStream<LiveSnapshot>) async {
        for await snapshot in snapshots { history.add(snapshot) }
    }

    private func startRequestedRuns() async {
        for await shape in requestedShapes {
            do {
                keep(try await control.run(shape))
            } catch {
                trouble = ConsoleProblem(error)
                logger.error("the load test could not be run", metadata: ["error": "\(error)"])
            }
            isRunning = false
            if let last = summaries.last, trouble == nil { await onRun(last) }
        }
    }

    private func keep(_ summary: LoadTestSummary) {
        summaries.append(summary)
        if summaries.count > runLimit { summaries.removeFirst(summaries.count - runLimit) }
    }
}

/// The state that the event stream sends.
struct ConsoleState: Sendable, Encodable {
    var snapshot: LiveSnapshot
    /// Whether a run was requested and has not ended; set slightly earlier than the snapshot's phase.
    var isRunning: Bool
    /// Why the last run failed: a sentence, its code, and the values for a sentence in another language.
    var trouble: String?
    var troubleCode: String?
    var troubleFacts: ConsoleProblem.Facts?
    /// The completed steps of the current run, or of the last one.
    var steps: [StepRow]
    /// The ids of the kept runs.
    var runs: [String]
}
