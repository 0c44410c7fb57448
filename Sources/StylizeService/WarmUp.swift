import Imaging
import JobQueue
package import Logging
package import Serving
import ServiceLifecycle

/// Loads the default style and runs it once, so that no request waits for either; then the service is ready.
package struct WarmUp: Service {
    private let handler: any JobHandler
    private let loading: LoadingHandler
    private let scheduler: Scheduler
    private let readiness: Readiness
    private let size: Int
    private let logger: Logger
    private let beforeReady: @Sendable (any JobHandler) async throws -> Void

    /// Large enough to measure the time of a pixel, small enough that the start does not wait for it.
    private static let largestSize = 256

    /// - Parameters:
    ///   - handler: the handler to warm up.
    ///   - loading: what stands in for the handler until it is loaded.
    ///   - size: the default size of the service's pictures in pixels.
    ///   - beforeReady: the last step; when it throws, the service does not become ready.
    package init(
        handler: any JobHandler, loading: LoadingHandler, scheduler: Scheduler, readiness: Readiness, size: Int, logger: Logger,
        beforeReady: @escaping @Sendable (any JobHandler) async throws -> Void
    ) {
        self.handler = handler
        self.loading = loading
        self.scheduler = scheduler
        self.readiness = readiness
        self.size = size
        self.logger = logger
        self.beforeReady = beforeReady
    }

    /// Warms up and returns.
    /// - Throws: `JobError` when the default style cannot be loaded or run.
    package func run() async throws {
        let size = min(size, Self.largestSize)
        let grey = PixelBuffer(width: size, height: size, bytes: [UInt8](repeating: 128, count: size * size * 3))
        let request = JobRequest(image: try ImageCodec.encode(grey, as: .jpeg, quality: 90), size: size)
        let job = try await handler.prepare(request)
        loading.install(handler)
        // Through the scheduler, which learns the service time from it.
        guard case .finished(let result) = try await scheduler.run(job, options: SchedulingOptions(client: "warm-up")) else {
            return
        }
        try await beforeReady(handler)
        readiness.becomeReady()
        let timings = result.timings.map { "\($0.name) \(Int($0.seconds * 1000)) ms" }.joined(separator: ", ")
        logger.info("ready", metadata: ["first_run": "\(timings)"])
    }
}
