package import JobQueue
import Synchronization

/// A text in the two languages of the page.
package struct LocalizedText: Sendable, Equatable, Codable {
    /// English.
    package var en: String
    /// Chinese.
    package var zh: String

    /// Creates a text.
    package init(en: String, zh: String) {
        self.en = en
        self.zh = zh
    }
}

/// A style that a handler offers, as clients and the page see it.
package struct StyleDescription: Sendable, Equatable, Codable {
    /// The name that requests use.
    package var name: String
    /// A short title.
    package var title: LocalizedText
    /// One sentence about it.
    package var description: LocalizedText
    /// Whether requests without a style get this one; true for exactly one style of a handler.
    package var isDefault: Bool
    /// Identifies the version of the style: a digest of its weights.
    package var revision: String
    /// A small sample picture as a `data:` URL; nil if there is none.
    package var thumbnail: String?

    /// Creates a description.
    package init(
        name: String, title: LocalizedText, description: LocalizedText, isDefault: Bool, revision: String = "",
        thumbnail: String? = nil
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.isDefault = isDefault
        self.revision = revision
        self.thumbnail = thumbnail
    }
}

/// Turns one picture into another: all that the service knows of the work behind it.
package protocol JobHandler: Sendable {
    /// The styles on offer, in display order.
    var styles: [StyleDescription] { get }

    /// Whether it can run jobs yet. Until then jobs stay in the store: each would fail through no fault of its own.
    var isReady: Bool { get }

    /// Checks the request and computes what it takes, from the head of its picture only. Does not block the calling thread.
    /// - Throws: every error of the run that can be known beforehand: an unknown style, an unsupported or too large picture.
    func prepare(_ request: JobRequest) async throws(JobError) -> PreparedJob
}

extension JobHandler {
    /// True.
    package var isReady: Bool { true }
}

/// A checked request: what it takes, and the way to run it.
package struct PreparedJob: Sendable {
    /// The work itself; see ``run(isUrgent:progress:)``.
    package typealias Run =
        @Sendable (_ isUrgent: Bool, _ progress: @escaping @Sendable (JobProgress) -> Void) async throws(JobError) -> JobResult

    /// What the job takes.
    package let cost: JobCost
    /// Bytes of its encoded picture.
    package let encodedBytes: Int
    private let body: Run

    /// Creates a job for a picture of `encodedBytes` bytes.
    package init(cost: JobCost, encodedBytes: Int, run: @escaping Run) {
        self.cost = cost
        self.encodedBytes = encodedBytes
        body = run
    }

    /// Runs the job. Callable from any task; does not block the calling thread. Returns only when the work has really ended, because
    /// the job holds its slot until then.
    ///
    /// An urgent job gets every core, and all other running jobs pause meanwhile; at most one runs at a time.
    /// `progress` is called after each layer of the network, from any thread, and must return at once.
    package func run(
        isUrgent: Bool = false, progress: @escaping @Sendable (JobProgress) -> Void = { _ in }
    ) async throws(JobError) -> JobResult {
        try await body(isUrgent, progress)
    }
}

/// A placeholder for a handler whose model is still being loaded, so that the server can answer from the start.
package final class LoadingHandler: JobHandler {
    private let loaded = Mutex<(any JobHandler)?>(nil)

    /// Creates a placeholder without a handler.
    package init() {}

    /// Passes all later work to `handler`.
    package func install(_ handler: any JobHandler) {
        loaded.withLock { $0 = handler }
    }

    /// The installed handler's styles; none before.
    package var styles: [StyleDescription] { loaded.withLock { $0 }?.styles ?? [] }

    /// Whether a handler is installed.
    package var isReady: Bool { loaded.withLock { $0 } != nil }

    /// Prepares the job on the installed handler.
    /// - Throws: `overloaded` before a handler is installed.
    package func prepare(_ request: JobRequest) async throws(JobError) -> PreparedJob {
        guard let handler = loaded.withLock({ $0 }) else {
            throw JobError(.overloaded, "The model is still being loaded. Please try again in a moment.", retryAfter: 2)
        }
        return try await handler.prepare(request)
    }
}
