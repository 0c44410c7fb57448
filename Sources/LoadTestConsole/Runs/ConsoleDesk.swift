import Logging
import LoadTesting
import ServiceLifecycle

/// Behind the routes: starts runs, follows them, and keeps what came of them. As a `Service` it lives as long as the console.
actor ConsoleDesk: Service {
    private let control: any LoadTestControl
    private let runLimit: Int
    private let logger: Logger
    private let orders: AsyncStream<LoadShape?>
    private let orderBook: AsyncStream<LoadShape?>.Continuation
    private let onRun: @Sendable (LoadTestSummary) async -> Void
    private var isRunning = false
    /// Why the last run could not be done.
    private var trouble: ConsoleProblem?
    private var history = ChartHistory()
    private(set) var runs: [LoadTestSummary] = []

    init(
        _ control: any LoadTestControl, runLimit: Int, logger: Logger, onRun: @escaping @Sendable (LoadTestSummary) async -> Void
    ) {
        self.control = control
        self.runLimit = runLimit
        self.logger = logger
        self.onRun = onRun
        (orders, orderBook) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Follows the test and carries out what is ordered, until a graceful shutdown or cancellation; a run under way then ends.
    func run() async throws {
        let snapshots = await control.snapshots()
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.follow(snapshots) }
                group.addTask { await self.carryOut() }
            }
        }
    }

    /// Orders a run; nil is the shape that the test was made with.
    func start(_ shape: LoadShape?) throws(LoadTestError) {
        guard !isRunning else { throw .alreadyRunning }
        isRunning = true
        trouble = nil
        orderBook.yield(shape)
    }

    func stop() async { await control.stop() }

    func change(_ level: LoadLevel, spawnRate: Double?) async throws(LoadTestError) {
        switch level {
        case .users(let users): try await control.setUsers(users, spawnRate: spawnRate)
        case .rate(let rate): try await control.setRate(rate)
        }
    }

    /// How everything stands.
    func state() async -> ConsoleState {
        let snapshot = await control.snapshot, steps = await control.steps
        return ConsoleState(
            snapshot: snapshot, isRunning: isRunning, trouble: trouble?.sentence, troubleCode: trouble?.code,
            troubleFacts: trouble?.facts, steps: steps.map(StepRow.init), runs: runs.map(\.id))
    }

    /// The run's course so far, for a page that was just opened.
    var course: [ChartHistory.Point] { history.points }

    /// A run by its id; `now` is the one under way or the last.
    func summary(of id: String) async -> LoadTestSummary? {
        id == "now" ? await control.summary : runs.first { $0.id == id }
    }

    private func follow(_ snapshots: AsyncStream<LiveSnapshot>) async {
        for await snapshot in snapshots { history.add(snapshot) }
    }

    private func carryOut() async {
        for await shape in orders {
            do {
                keep(try await control.run(shape))
            } catch {
                trouble = ConsoleProblem(error)
                logger.error("the load test could not be run", metadata: ["error": "\(error)"])
            }
            isRunning = false
            if let last = runs.last, trouble == nil { await onRun(last) }
        }
    }

    private func keep(_ summary: LoadTestSummary) {
        runs.append(summary)
        if runs.count > runLimit { runs.removeFirst(runs.count - runLimit) }
    }
}

/// What the page is told each second.
struct ConsoleState: Sendable, Encodable {
    var snapshot: LiveSnapshot
    /// Whether a run was ordered and is not over; a moment earlier than the snapshot says.
    var isRunning: Bool
    /// Why the last run could not be done: a sentence, its code, and what a sentence in another language needs to know.
    var trouble: String?
    var troubleCode: String?
    var troubleFacts: ConsoleProblem.Facts?
    /// Steps of the run under way that are over, or of the last run.
    var steps: [StepRow]
    /// Ids of the runs that are kept.
    var runs: [String]
}
