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
    private static func submit(_ request: Request, _ context: CallContext, _ backend: Backend) async throws -> Response {
        try backend.requireModel()
        let caller = try ClientContext(request, context)
        let key = try IdempotencyHeader(request.headers)
        let job = try await StylizeRoute.job(request, backend)
        let idempotency = try await key?.identifying(job)
        let before = Date()
        let report = try await backend.submit(job, for: caller, idempotency: idempotency)
        var response = try backend.accepted(report)
        if idempotency != nil, report.status.submitted < before { response.headers[.idempotentReplayed] = "true" }
        return response
    }

    /// `GET /v1/jobs/{id}`: where the job is in its life.
    private static func status(_ context: CallContext, _ backend: Backend) async throws -> Response {
        try document(try await backend.report(on: try id(context)))
    }

    /// `DELETE /v1/jobs/{id}`: stops it. A job that has reached its end stays as it is; the document says which end that was.
    private static func cancel(_ context: CallContext, _ backend: Backend) async throws -> Response {
        try document(try await backend.cancel(try id(context)))
    }

    /// The job that the path names. What is no id at all is no different from an id that nobody has.
    static func id(_ context: CallContext) throws(Refusal) -> JobID {
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
    func report(on id: JobID) async throws(Refusal) -> JobReport {
        try Self.known(try await asking { () throws(JobError) in try await service.report(on: id) })
    }

    /// A job's state after it was asked to stop.
    func cancel(_ id: JobID) async throws(Refusal) -> JobReport {
        try Self.known(try await asking { () throws(JobError) in try await service.cancel(id) })
    }

    /// The picture of a job that is done; nil when it was removed to make room.
    func result(of id: JobID) async throws(Refusal) -> JobResult? {
        try await asking { () throws(JobError) in try await service.result(of: id) }
    }

    private func asking<Answer: Sendable>(_ question: () async throws(JobError) -> Answer) async throws(Refusal) -> Answer {
        do {
            return try await question()
        } catch {
            throw Refusal(error)
        }
    }

    private static func known(_ report: JobReport?) throws(Refusal) -> JobReport {
        guard let report else { throw .unknownJob }
        return report
    }
}

extension HTTPField.Name {
    /// `true` on the answer to a request whose key came before.
    fileprivate static let idempotentReplayed = Self("Idempotent-Replayed")!
}
