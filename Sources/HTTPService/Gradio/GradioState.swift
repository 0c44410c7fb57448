import JobQueue
import Synchronization

/// The state of the Gradio API between requests.
struct GradioState: Sendable {
    let configuration: GradioConfiguration
    let uploads: UploadStore
    let sessions: GradioSessions
    let rejectedCalls = RejectedCalls()
    let resets = RecentResets()

    init(_ configuration: GradioConfiguration) {
        self.configuration = configuration
        uploads = UploadStore(configuration)
        sessions = GradioSessions(configuration)
    }
}

/// The jobs of the latest `reset` requests.
final class RecentResets: Sendable {
    private static let limit = 1_024
    private let jobs = Mutex<[JobID]>([])

    func add(_ job: JobID) {
        jobs.withLock { jobs in
            if jobs.count >= Self.limit { jobs.removeFirst() }
            jobs.append(job)
        }
    }

    func contains(_ job: JobID) -> Bool {
        jobs.withLock { $0.contains(job) }
    }
}

/// Calls that never became jobs because their input was invalid. Gradio reports that when the result is requested, not when the call is
/// made.
final class RejectedCalls: Sendable {
    private struct State {
        var reasons: [String: String] = [:]
        var order: [String] = []
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int = 1_024) {
        self.limit = limit
    }

    /// Stores a rejected call and returns its event ID. The oldest is dropped when there are too many.
    func add(_ reason: String) -> String {
        let event = JobID().text
        state.withLock { state in
            if state.order.count >= limit { state.reasons[state.order.removeFirst()] = nil }
            state.order.append(event)
            state.reasons[event] = reason
        }
        return event
    }

    /// Why a call was rejected; nil if it was not, or if it has been dropped.
    func reason(for event: String) -> String? {
        state.withLock { $0.reasons[event] }
    }
}

/// The limits and timings of the Gradio API.
package struct GradioConfiguration: Sendable {
    /// The maximum size of all files in memory, in bytes: uploads, and results for clients that fetch them.
    package var uploadsLimit = 32 << 20
    /// A file is removed after this time.
    package var uploadLifetime: Duration = .seconds(3_600)
    /// An upload that no job has used may be evicted after this time.
    package var unusedLifetime: Duration = .seconds(600)
    /// The maximum number of sessions. The least recently used one is dropped first.
    package var sessionLimit = 2_000
    /// The maximum number of jobs of one session that have not ended, or whose end has not been sent.
    package var eventsPerSession = 128
    /// The maximum number of such jobs of all sessions.
    package var eventLimit = 8_192
    /// The interval of heartbeats in event streams.
    package var heartbeat: Duration = .seconds(15)
    /// A stream without jobs stays open for this long, because the client's next job may be on its way.
    package var linger: Duration = .milliseconds(500)
    /// The delay between the client's last request about a cancelled job and the event of its end. If that event arrives less than 150 ms
    /// after the response, Gradio's Python client raises the wrong exception.
    package var cancelDelay: Duration = .milliseconds(300)
    /// How long to wait for the `reset` request that follows a cancellation.
    package var resetTimeout: Duration = .seconds(2)

    /// The defaults of `sakuga serve`.
    package init() {}
}
