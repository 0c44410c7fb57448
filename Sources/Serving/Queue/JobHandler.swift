package import JobQueue
import Synchronization

/// A text in the two languages of the page.
package struct LocalizedText: Sendable, Equatable, Codable {
    /// English.
    package var en: String
    /// Chinese.
    package var zh: String

    /// Makes a text.
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
    /// Whether requests without a style get this one; exactly one style of a handler says so.
    package var isDefault: Bool
    /// Tells versions of the style apart: a digest of its weights.
    package var revision: String
    /// A little picture of what it does, as a `data:` URL; nil where there is none.
    package var thumbnail: String?

    /// Makes a description.
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

/// What a job will take, as far as its picture's head tells.
package struct JobCost: Sendable, Equatable {
    /// Pixels of the picture that the generator sees: what the run's time is proportional to.
    package var pixels: Int
    /// The most bytes that decoding, running and encoding will have allocated at once.
    package var memoryBytes: Int

    /// Makes a cost.
    package init(pixels: Int, memoryBytes: Int) {
        self.pixels = pixels
        self.memoryBytes = memoryBytes
    }
}

/// What turns a picture into another: all that the service knows of the work behind it.
package protocol JobHandler: Sendable {
    /// The styles on offer, in the order in which to show them.
    var styles: [StyleDescription] { get }

    /// Whether it can do jobs yet. Before that, jobs stay in the store: each would fail for no fault of its own.
    var isReady: Bool { get }

    /// Looks at the request without doing it: what it will take. Reads the picture's head only.
    /// Errors: what the run would throw and can be known already (an unknown style, no picture, too large a one).
    func cost(of request: JobRequest) async throws(JobError) -> JobCost

    /// Does the job. Called from any task; must not block the calling thread for long.
    /// The caller's slot is taken until this returns, so it returns when the work has really ended.
    /// While an urgent job runs, all others that run wait, and it has every core; there is one at a time.
    /// `progress` is called after each layer of the network, from any thread, and returns at once.
    func run(
        _ request: JobRequest, isUrgent: Bool, progress: @escaping @Sendable (JobProgress) -> Void
    ) async throws(JobError) -> JobResult
}

extension JobHandler {
    /// True: most handlers are made ready.
    package var isReady: Bool { true }
}

/// Stands in for a handler whose model is still being loaded, so that the server can answer from its first moment.
package final class LoadingHandler: JobHandler {
    private let loaded = Mutex<(any JobHandler)?>(nil)

    /// Begins empty.
    package init() {}

    /// Hands all later work to `handler`.
    package func install(_ handler: any JobHandler) {
        loaded.withLock { $0 = handler }
    }

    /// The installed handler's styles; none before.
    package var styles: [StyleDescription] { loaded.withLock { $0 }?.styles ?? [] }

    /// Whether a handler is installed.
    package var isReady: Bool { loaded.withLock { $0 } != nil }

    /// What the installed handler says; `overloaded` before there is one.
    package func cost(of request: JobRequest) async throws(JobError) -> JobCost {
        try await installed().cost(of: request)
    }

    /// Runs the job on the installed handler; `overloaded` before there is one.
    package func run(
        _ request: JobRequest, isUrgent: Bool, progress: @escaping @Sendable (JobProgress) -> Void
    ) async throws(JobError) -> JobResult {
        try await installed().run(request, isUrgent: isUrgent, progress: progress)
    }

    private func installed() throws(JobError) -> any JobHandler {
        guard let handler = loaded.withLock({ $0 }) else {
            throw JobError(.overloaded, "The model is still being loaded. Please try again in a moment.", retryAfter: 2)
        }
        return handler
    }
}
