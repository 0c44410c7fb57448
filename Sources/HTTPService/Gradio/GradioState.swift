import JobQueue
import Synchronization

/// What Gradio's routes remember from one request to the next.
struct GradioState: Sendable {
    let configuration: GradioConfiguration
    let uploads: UploadStore
    let sessions: GradioSessions
    let refused = RejectedCalls()
    let resets = RecentResets()

    init(_ configuration: GradioConfiguration) {
        self.configuration = configuration
        uploads = UploadStore(configuration)
        sessions = GradioSessions(configuration)
    }
}

/// The jobs of which clients have said last that they no longer wait for them.
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

/// Calls that never became jobs because their photo was none: Gradio tells that when the result is asked for, not when the call is made.
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

    /// Names a refusal. The oldest is forgotten when there are too many.
    func add(_ reason: String) -> String {
        let event = JobID().text
        state.withLock { state in
            if state.order.count >= limit { state.reasons[state.order.removeFirst()] = nil }
            state.order.append(event)
            state.reasons[event] = reason
        }
        return event
    }

    /// Why a call was refused; nil when it was not, or is forgotten.
    func reason(for event: String) -> String? {
        state.withLock { $0.reasons[event] }
    }
}

/// What Gradio's clients may leave with the service, and how its event streams behave.
package struct GradioConfiguration: Sendable {
    /// Uploaded files and the pictures made of them that are kept at once, in bytes.
    package var uploadsLimit = 32 << 20
    /// A file is gone after this time.
    package var uploadLifetime: Duration = .seconds(3_600)
    /// An upload that no job has used yet makes room for others only after this time.
    package var unusedLifetime: Duration = .seconds(600)
    /// Client sessions that are remembered; the one not used for longest goes first.
    package var sessionLimit = 2_000
    /// Jobs of one session that have not ended, or whose end has not been told.
    package var eventsPerSession = 128
    /// The same of all sessions.
    package var eventLimit = 8_192
    /// A stream shows a sign of life this often.
    package var heartbeat: Duration = .seconds(15)
    /// A stream without jobs stays open for so long: the client's next job may be on its way.
    package var linger: Duration = .milliseconds(500)
    /// The end of a cancelled job is told so long after the client's last word about it. Told sooner than 150 ms after the reply,
    /// it makes Gradio's Python client raise the wrong exception.
    package var cancelDelay: Duration = .milliseconds(300)
    /// A client that has cancelled says so once more, with `reset`, when it has come so far; this long that is waited for.
    package var resetTimeout: Duration = .seconds(2)

    /// The defaults of `sakuga serve`.
    package init() {}
}
