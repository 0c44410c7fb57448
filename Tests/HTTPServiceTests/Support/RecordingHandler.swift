import JobQueue
import Serving
import Synchronization

/// A handler without a model: returns pictures with their bytes reversed, records requests, and fails on demand.
final class RecordingHandler: JobHandler {
    let styles = [
        StyleDescription(
            name: "painted", title: .init(en: "Painted", zh: "手绘"),
            description: .init(en: "Soft brushwork", zh: "柔和的笔触"), isDefault: true,
            thumbnail: "data:image/jpeg;base64,/9j/"),
        StyleDescription(
            name: "paprika", title: .init(en: "Paprika", zh: "红辣椒"),
            description: .init(en: "Bright and bold", zh: "明亮大胆"), isDefault: false),
    ]

    private let log = Mutex<[JobRequest]>([])
    private let failure: JobError?

    init(failure: JobError? = nil) {
        self.failure = failure
    }

    var requests: [JobRequest] { log.withLock { $0 } }

    func prepare(_ request: JobRequest) async throws(JobError) -> PreparedJob {
        PreparedJob(cost: JobCost(pixels: 640 * 480, memoryBytes: 1 << 20), encodedBytes: request.image.count) {
            (_, _) throws(JobError) in
            try self.run(request)
        }
    }

    private func run(_ request: JobRequest) throws(JobError) -> JobResult {
        log.withLock { $0.append(request) }
        if let failure { throw failure }
        return JobResult(
            bytes: request.image.reversed(), mediaType: "image/\(request.format.rawValue)", width: 640, height: 480,
            timings: [.init(name: "decode", seconds: 0.0031), .init(name: "run", seconds: 0.25)])
    }
}

/// A handler whose jobs run until the test releases them, or until they are cancelled.
final class PatientHandler: JobHandler {
    let styles = RecordingHandler().styles
    let events: AsyncStream<String>
    private let report: AsyncStream<String>.Continuation
    private let released: AsyncStream<Void>
    private let releaser: AsyncStream<Void>.Continuation

    init() {
        (events, report) = AsyncStream.makeStream()
        (released, releaser) = AsyncStream.makeStream()
    }

    func release() { releaser.yield() }

    func prepare(_ request: JobRequest) async throws(JobError) -> PreparedJob {
        PreparedJob(cost: JobCost(pixels: 640 * 480, memoryBytes: 1 << 20), encodedBytes: request.image.count) {
            (_, _) throws(JobError) in
            try await self.run(request)
        }
    }

    private func run(_ request: JobRequest) async throws(JobError) -> JobResult {
        report.yield("started")
        var iterator = released.makeAsyncIterator()
        guard await iterator.next() != nil, !Task.isCancelled else {
            report.yield("cancelled")
            throw JobError(.cancelled, "cancelled")
        }
        return JobResult(bytes: request.image, mediaType: "image/jpeg", width: 1, height: 1, timings: [])
    }
}
