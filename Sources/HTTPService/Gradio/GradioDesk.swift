import JobQueue
import Synchronization

/// What Gradio's routes remember from one request to the next.
struct GradioDesk: Sendable {
    let configuration: GradioConfiguration
    let shelf: UploadShelf
    let sessions: GradioSessions
    let refused = RefusedEvents()
    let resets = RecentResets()

    init(_ configuration: GradioConfiguration) {
        self.configuration = configuration
        shelf = UploadShelf(configuration)
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
