import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import Serving

/// `/v1/jobs`: pictures for which nobody waits on the connection.
enum JobRoutes {
    static func add(to table: inout RouteTable, _ backend: Backend) {
        table.add(.post, "/v1/jobs") { try await submit($0, $1, backend) }
        table.add(.get, "/v1/jobs/{id}") { try await status($1, backend) }
        table.add(.delete, "/v1/jobs/{id}") { try await cancel($1, backend) }
        table.add(.get, "/v1/jobs/{id}/result") { try await JobResultRoute.respond($0, $1, backend) }
        table.add(.get, "/v1/jobs/{id}/events") { try await JobEventsRoute.respond($0, $1, backend) }
    }

    /// `POST /v1/jobs`: the query and body of `/v1/stylize`, for the queue. A known `Idempotency-Key` gives the job that it made.
    private static func submit(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) async throws -> Response
    {
        try backend.requireModel()
        let caller = try Caller(request, context)
        let key = try IdempotencyKeyHeader(request.headers)
        let job = try await StylizeRoute.job(request, backend)
        let idempotency = try await key?.identifying(job)
        let before = Date()
        let report = try await backend.submit(job, for: caller, idempotency: idempotency)
        var response = try backend.accepted(report)
        if idempotency != nil, report.status.submitted < before { response.headers[.idempotentReplayed] = "true" }
        return response
    }

    /// `GET /v1/jobs/{id}`: where the job is in its life.
    private static func status(_ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        try document(try await backend.report(on: try id(context)))
    }

    /// `DELETE /v1/jobs/{id}`: stops it. A job that has reached its end stays as it is; the document says which end that was.
    private static func cancel(_ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        try document(try await backend.cancel(try id(context)))
    }

    /// The job that the path names. What is no id at all is no different from an id that nobody has.
    static func id(_ context: ServiceRequestContext) throws(HTTPProblem) -> JobID {
        guard let text = context.parameters.get("id"), let id = JobID(text) else { throw .unknownJob }
        return id
    }

    private static func document(_ report: JobReport) throws -> Response {
        let body = try JSONEncoder.forReplies.encode(JobDocument(report))
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Backend {
    /// What is known of a job.
    func report(on id: JobID) async throws(HTTPProblem) -> JobReport {
        try Self.known(try await asking { () throws(JobError) in try await service.report(on: id) })
    }

    /// A job's state after it was asked to stop.
    func cancel(_ id: JobID) async throws(HTTPProblem) -> JobReport {
        try Self.known(try await asking { () throws(JobError) in try await service.cancel(id) })
    }

    /// The picture of a job that is done; nil when it was removed to make room.
    func result(of id: JobID) async throws(HTTPProblem) -> JobResult? {
        try await asking { () throws(JobError) in try await service.result(of: id) }
    }

    private func asking<Answer: Sendable>(_ question: () async throws(JobError) -> Answer) async throws(HTTPProblem) -> Answer {
        do {
            return try await question()
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
    /// `true` on the answer to a request whose key came before.
    fileprivate static let idempotentReplayed = Self("Idempotent-Replayed")!
}

/// `GET /v1/jobs/{id}/result`: the finished picture. It never changes, so it may be kept by whoever asked for it.
enum JobResultRoute {
    static func respond(_ request: Request, _ context: ServiceRequestContext, _ backend: Backend) async throws -> Response {
        let id = try JobRoutes.id(context)
        // The state first: a job that is done between two questions would otherwise look like one whose picture is gone.
        let report = try await backend.report(on: id)
        guard report.status.state == .done, let result = try await backend.result(of: id) else {
            throw HTTPProblem.noResult(report)
        }
        let tag = try await Offload.run(bytes: result.bytes.count) { EntityTag(of: result.bytes) }
        let headers: HTTPFields = [
            .contentType: result.mediaType,
            .cacheControl: CacheDirectives.unchanging,
            .eTag: tag.text,
            .imageSize: "\(result.width)x\(result.height)",
        ]
        if tag.isNamed(in: request.headers[.ifNoneMatch]) { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: result.bytes)))
    }
}

/// The refusals of `/v1/jobs`.
extension HTTPProblem {
    static let unknownJob = HTTPProblem(
        .notFound, code: "unknown_job",
        "There is no such job, or it ended too long ago: results are kept for a limited time. Send the picture again.")

    static let resultGone = HTTPProblem(
        .gone, code: "result_gone",
        "The job was done, but its picture had to make room for newer ones. Send the picture again.")

    static func tooManyEventStreams(limit: Int) -> HTTPProblem {
        HTTPProblem(
            .serviceUnavailable, code: "overloaded",
            "\(limit) clients follow events already. Ask for the job itself instead (without /events), or try again later.",
            retryAfter: 10)
    }

    /// Why a job has no picture to give.
    static func noResult(_ report: JobReport) -> HTTPProblem {
        switch report.status.state {
        case .done: return .resultGone
        case .failed: return HTTPProblem(report.status.failure ?? JobError(.internal, "The job failed."))
        case .cancelled:
            return HTTPProblem(
                .gone, code: "job_cancelled", "The job was cancelled, so there is no picture. Send the picture again.")
        case .expired:
            return HTTPProblem(
                .gone, code: "job_expired",
                "The job's time was over before its turn came, so there is no picture. Send it again, with more time.")
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
            "The job is \(state): there is no picture yet. Ask again in \(seconds) s, or follow its events.", retryAfter: seconds)
    }
}
