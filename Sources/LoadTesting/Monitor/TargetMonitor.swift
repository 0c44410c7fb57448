import BlockingThreads
import LoadGeneration
import Synchronization

/// Reads the target's resource use at intervals and keeps the last reading.
///
/// It never fails a run: what it cannot read stays unknown and is noted once.
final class TargetMonitor: Sendable {
    /// The figures, and notes since the last reading.
    struct Latest: Sendable {
        var figures: TargetFigures?
        var notes: [String] = []
    }

    /// Consecutive failures before the figures become unknown: a busy service may be late with them.
    static let toleratedFailures = 3

    private let plan: TargetMonitorPlan
    private let state: Mutex<State>
    private let page: MetricsEndpoint?

    private struct State {
        var processes: ProcessTreeWatch?
        var metrics = MetricsReading()
        var ofProcesses: TargetFigures?
        var ofMetrics: TargetFigures?
        var silent = 0
        var notes: [String] = []
    }

    /// Takes a first reading, so that a wrong process or address is reported before the run starts.
    /// - Throws: `badPlan`.
    init(_ plan: TargetMonitorPlan, connection: ConnectionSettings) async throws(LoadTestError) {
        self.plan = plan
        var state = State()
        if let pid = plan.pid {
            guard let watch = ProcessTreeWatch(pid: pid, now: Timestamp.now.uptimeSeconds) else {
                throw .badPlan("There is no process \(pid) to monitor.")
            }
            state.processes = watch
        }
        var page: MetricsEndpoint?
        if let address = plan.metrics {
            do throws(MetricsError) {
                let fetched = try MetricsEndpoint(address, headers: plan.headers, connection: connection)
                page = fetched
                state.ofMetrics = state.metrics.figures(try await fetched.read(), now: Timestamp.now.uptimeSeconds)
            } catch {
                throw .badPlan("The metrics at \(address.address) can't be read: \(error.reason)")
            }
        }
        self.page = page
        self.state = Mutex(state)
    }

    /// The last reading.
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

    /// Reads once an interval until the task is cancelled.
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
            let now = Timestamp.now.uptimeSeconds
            state.withLock { state in
                state.ofProcesses = state.processes?.look(now: now)
                if state.processes != nil, state.ofProcesses == nil {
                    state.processes = nil
                    state.notes.append("The monitored process \(plan.pid ?? 0) has ended.")
                }
            }
        }
    }

    private func read(_ page: MetricsEndpoint) async {
        do throws(MetricsError) {
            let metrics = try await page.read()
            state.withLock { state in
                state.ofMetrics = state.metrics.figures(metrics, now: Timestamp.now.uptimeSeconds)
                state.silent = 0
            }
        } catch {
            state.withLock { state in
                state.silent += 1
                guard state.silent == Self.toleratedFailures else { return }
                state.ofMetrics = nil
                state.notes.append("The target's metrics could not be read: \(error.reason)")
            }
        }
    }
}
