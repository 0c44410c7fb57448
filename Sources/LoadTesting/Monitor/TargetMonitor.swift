import BlockingThreads
import Synchronization

/// Looks at the target's own figures again and again, and has the last ones at hand.
///
/// It never fails a run: what it can't learn stays unknown, and is said once.
final class TargetMonitor: Sendable {
    /// The figures, and sentences for people.
    struct Latest: Sendable {
        var figures: TargetFigures?
        var notes: [String] = []
    }

    /// Answers in a row that may be missing before figures are no longer shown: a busy service may be late with them.
    static let patience = 3

    private let plan: TargetMonitorPlan
    private let state: Mutex<State>
    private let page: MetricsPage?

    private struct State {
        var processes: ProcessTreeWatch?
        var metrics = MetricsReading()
        var ofProcesses: TargetFigures?
        var ofMetrics: TargetFigures?
        var silent = 0
        var notes: [String] = []
    }

    /// Takes a first look, so that a wrong number or address is told before anything is loaded.
    /// - Throws: `badPlan`.
    init(_ plan: TargetMonitorPlan, connection: ConnectionSettings) async throws(LoadTestError) {
        self.plan = plan
        var state = State()
        if let pid = plan.pid {
            guard let watch = ProcessTreeWatch(pid: pid, now: Moment.now.uptimeSeconds) else {
                throw .badPlan("There is no process \(pid) to watch.")
            }
            state.processes = watch
        }
        var page: MetricsPage?
        if let address = plan.metrics {
            do throws(MetricsPageError) {
                let fetched = try MetricsPage(address, headers: plan.headers, connection: connection)
                page = fetched
                state.ofMetrics = state.metrics.figures(try await fetched.read(), now: Moment.now.uptimeSeconds)
            } catch {
                throw .badPlan("The metrics at \(address.address) can't be read: \(error.reason)")
            }
        }
        self.page = page
        self.state = Mutex(state)
    }

    /// What is known now.
    var latest: Latest {
        state.withLock { state in
            let figures: TargetFigures? =
                switch (state.ofProcesses, state.ofMetrics) {
                case (let own?, let told?): own.completed(by: told)
                case (let own?, nil): own
                case (nil, let told): told
                }
            defer { state.notes = [] }
            return Latest(figures: figures, notes: state.notes)
        }
    }

    /// Looks once an interval until the task is cancelled.
    func watch() async {
        guard !plan.isEmpty else { return }
        while !Task.isCancelled {
            do { try await Task.sleep(for: .seconds(plan.interval)) } catch { return }
            if plan.pid != nil { await lookAtProcesses() }
            if let page { await read(page) }
        }
    }

    private func lookAtProcesses() async {
        // Reading /proc is quick, but not what the cooperative pool is for.
        await BlockingThreadPool.shared.run { [self] in
            let now = Moment.now.uptimeSeconds
            state.withLock { state in
                state.ofProcesses = state.processes?.look(now: now)
                if state.processes != nil, state.ofProcesses == nil {
                    state.processes = nil
                    state.notes.append("The watched process \(plan.pid ?? 0) has ended.")
                }
            }
        }
    }

    private func read(_ page: MetricsPage) async {
        do throws(MetricsPageError) {
            let metrics = try await page.read()
            state.withLock { state in
                state.ofMetrics = state.metrics.figures(metrics, now: Moment.now.uptimeSeconds)
                state.silent = 0
            }
        } catch {
            state.withLock { state in
                state.silent += 1
                guard state.silent == Self.patience else { return }
                state.ofMetrics = nil
                state.notes.append("The target's metrics could not be read: \(error.reason)")
            }
        }
    }
}
