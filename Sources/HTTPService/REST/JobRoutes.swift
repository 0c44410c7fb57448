import BlockingThreads
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import Serving

/// `/v1/jobs`: asynchronous jobs.
enum JobRoutes {
    static func add(to table: inout RouteTable, _ backend: Backend) {
        table.add(.post, "/v1/jobs") { try await submit($0, $1, backend) }
        table.add(.get, "/v1/jobs/{id}") { try await status($1, backend) }
        table.add(.delete, "/v1/jobs/{id}") { try await cancel($1, backend) }
        table.add(.get, "/v1/jobs/{id}/result") { try await JobResultRoute.respond($0, $1, backend) }
        table.add(.get, "/v1/jobs/{id}/events") { try await JobEventsRoute.respond($0, $1, backend) }
    }

    /// `POST /v1/jobs`: queues a job with the query and body of `/v1/stylize`. A repeated `Idempotency-Key` returns the first job.
    private static func submit(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) async throws -> Response
    {
        try backend.requireModel()
        let caller = try ClientContext(request, context)
        let key = try IdempotencyKeyHeader(request.headers)
        let job = try await StylizeRoute.job(request, backend)
        let idempotency = try await key?.identifying(job)
        let before = Date()
        let report = try await backend.submit(job, for: caller, idempotency: idempotency)
        var response = try backend.accepted(report)
        if idempotency != nil, report.status.submitted < before { response.headers[.idempotentReplayed] = "true" }
        return response
    }

    /// `GET /v1/jobs/{id}`: the job's status.
    private static func status(_ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        try Response.json(JobDocument(try await backend.report(on: try id(context))))
    }

    /// `DELETE /v1/jobs/{id}`: cancels the job. A job that has ended stays as it is.
    private static func cancel(_ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        try Response.json(JobDocument(try await backend.cancel(try id(context))))
    }

    /// The job in the path. An invalid ID is treated like an unknown one.
    static func id(_ context: ServiceRequestContext) throws(HTTPProblem) -> JobID {
        guard let text = context.parameters.get("id"), let id = JobID(text) else { throw .unknownJob }
        return id
    }

}

extension Backend {
    /// The report on a job.
    func report(on id: JobID) async throws(HTTPProblem) -> JobReport {
        try Self.known(try await translatingErrors { () throws(JobError) in try await service.report(on: id) })
    }

    /// Cancels a job and returns the report on it.
    func cancel(_ id: JobID) async throws(HTTPProblem) -> JobReport {
        try Self.known(try await translatingErrors { () throws(JobError) in try await service.cancel(id) })
    }

    /// The picture of a completed job; nil if it was evicted.
    func result(of id: JobID) async throws(HTTPProblem) -> JobResult? {
        try await translatingErrors { () throws(JobError) in try await service.result(of: id) }
    }

    private func translatingErrors<Answer: Sendable>(
        _ operation: () async throws(JobError) -> Answer
    ) async throws(HTTPProblem) -> Answer {
        do {
            return try await operation()
        } catch {
            throw HTTPProblem(error)
        }
    }

    private static func known(_ report: JobReport?) throws(HTTPProblem) -> JobReport {
        guard let report else { throw .unknownJob }
        return report
    }
}

extension HTTPField.Name {
    /// `true` on the response to a repeated `Idempotency-Key`.
    fileprivate static let idempotentReplayed = Self("Idempotent-Replayed")!
}

/// `GET /v1/jobs/{id}/result`: the picture. It never changes, so the client may cache it.
enum JobResultRoute {
    static func respond(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        let id = try JobRoutes.id(context)
        // The state first: a job that completes between the two calls would otherwise look like one whose picture was evicted.
        let report = try await backend.report(on: id)
        guard report.status.state == .done, let result = try await backend.result(of: id) else {
            throw HTTPProblem.noResult(report)
        }
        let tag = try await BlockingThreadPool.shared.run(byteCount: result.bytes.count) { EntityTag(of: result.bytes) }
        let headers: HTTPFields = [
            .contentType: result.mediaType,
            .cacheControl: CacheDirectives.immutable,
            .eTag: tag.text,
            .imageSize: "\(result.width)x\(result.height)",
        ]
        if tag.matches(request.headers[.ifNoneMatch]) { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: result.bytes)))
    }
}

/// Problems of `/v1/jobs`.
extension HTTPProblem {
    static let unknownJob = HTTPProblem(
        .notFound, code: "unknown_job",
        "There is no such job. Results are kept for a limited time; if it has expired, send the picture again.")

    static let resultGone = HTTPProblem(
        .gone, code: "result_gone",
        "The job is done, but its picture was evicted to make room for newer ones. Send the picture again.")

    static func tooManyEventStreams(limit: Int) -> HTTPProblem {
        HTTPProblem(
            .serviceUnavailable, code: "overloaded",
            "The limit of \(limit) event streams is reached. Poll the job itself (without /events), or try again later.",
            retryAfter: 10)
    }

    /// Why a job has no picture.
    static func noResult(_ report: JobReport) -> HTTPProblem {
        switch report.status.state {
        case .done: return .resultGone
        case .failed: return HTTPProblem(report.status.failure ?? JobError(.internal, "The job failed."))
        case .cancelled:
            return HTTPProblem(
                .gone, code: "job_cancelled", "The job was cancelled and has no picture. Send the picture again.")
        case .expired:
            return HTTPProblem(
                .gone, code: "job_expired",
                "The job timed out in the queue and has no picture. Send it again with a longer timeout.")
        case .queued, .running: return notDone(report)
        }
    }

    private static func notDone(_ report: JobReport) -> HTTPProblem {
        let state =
            switch report.status.position {
            case let position?: "queued at position \(position)"
            case nil: report.status.state.rawValue
            }
        let seconds = report.secondsLeft.map { min(60, max(1, Int($0.rounded(.up)))) } ?? 1
        return HTTPProblem(
            .conflict, code: "job_not_done",
            "The job is \(state) and has no picture yet. Ask again in \(seconds) s, or follow its events.", retryAfter: seconds)
    }
}
