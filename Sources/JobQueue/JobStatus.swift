package import Foundation

/// The states of a job in a store: `queued` → `running` → one of the others, which are final.
package enum JobState: String, Sendable, Codable, CaseIterable {
    case queued
    case running
    case done
    case failed
    case cancelled
    /// Its deadline passed before it was started.
    case expired

    /// Whether nothing more happens to the job.
    package var isFinal: Bool { self != .queued && self != .running }
}

/// Progress of a running job.
package struct JobProgress: Sendable, Equatable, Codable {
    /// Layers of the network that are done.
    package var layer: Int
    /// Layers in all.
    package var layers: Int

    /// Makes a progress report.
    package init(layer: Int, layers: Int) {
        self.layer = layer
        self.layers = layers
    }
}

/// What is known of a job, without its pictures.
package struct JobStatus: Sendable, Equatable, Codable {
    /// The job's name.
    package var id: JobID
    /// Its state.
    package var state: JobState
    /// When it was accepted.
    package var submitted: Date
    /// When its last attempt began.
    package var started: Date?
    /// When it reached its final state.
    package var finished: Date?
    /// While queued: its position in the queue; 1 is next.
    package var position: Int?
    /// While running: how far it is, if the worker has reported it.
    package var progress: JobProgress?
    /// Why it failed.
    package var failure: JobError?
    /// How often it was started. A job whose worker died `JobStoreLimits.attempts` times has `failed`.
    package var attempts: Int

    /// Makes a status.
    package init(
        id: JobID, state: JobState, submitted: Date, started: Date? = nil, finished: Date? = nil, position: Int? = nil,
        progress: JobProgress? = nil, failure: JobError? = nil, attempts: Int = 0
    ) {
        self.id = id
        self.state = state
        self.submitted = submitted
        self.started = started
        self.finished = finished
        self.position = position
        self.progress = progress
        self.failure = failure
        self.attempts = attempts
    }
}
