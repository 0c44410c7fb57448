import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import Serving
import WebPages

/// The dependencies of the routes, and what several of them do.
struct Backend: Sendable {
    let configuration: HTTPConfiguration
    let service: JobService
    let readiness: Readiness
    let bodies: BodyReader
    let gradio: GradioState
    let observation: Observation
    let eventStreams: EventStreamLimit

    init(configuration: HTTPConfiguration, service: JobService, readiness: Readiness, observation: Observation) {
        self.configuration = configuration
        self.service = service
        self.readiness = readiness
        self.observation = observation
        bodies = BodyReader(
            limit: configuration.bodyLimit, budget: ByteBudget(configuration.bodiesLimit), metrics: observation.metrics)
        gradio = GradioState(configuration.gradio)
        eventStreams = EventStreamLimit(limit: configuration.eventStreamLimit)
    }

    /// Whether the service accepts new work.
    var isReady: Bool { readiness.current == .ready && service.isTakingJobs }

    /// Fails with 503 until the model has been loaded. (While draining, requests that still arrive are served.)
    func requireModel() throws(HTTPProblem) {
        if readiness.current == .starting { throw .starting }
    }

    /// Waits a little for the model, for a synchronous request: loading takes a fraction of a second, and a plain reverse proxy does not
    /// retry. The body is not read meanwhile.
    func awaitModel(for caller: ClientContext, _ context: ServiceRequestContext) async throws {
        if readiness.current == .starting {
            let longest = min(configuration.startWait, service.policy.maximumWait)
            let time = min(longest, caller.timeout ?? longest), readiness = readiness, maximum = configuration.startWaiters
            try await context.channel.cancelWhenDisconnected {
                await readiness.waitUntilStarted(atMost: time, maximumWaiters: maximum)
            }
        }
        try requireModel()
    }

    /// The picture of a synchronous request, or the job it was queued as. Cancelled when the client disconnects.
    func picture(_ job: JobRequest, for caller: ClientContext, _ context: ServiceRequestContext) async throws -> PictureResponse {
        do {
            let service = service
            return try await context.channel.cancelWhenDisconnected { try await service.picture(job, for: caller) }
        } catch let error as JobError {
            throw HTTPProblem(error)
        }
    }

    /// Submits a job to the queue.
    func submit(
        _ job: JobRequest, for caller: ClientContext, idempotency: JobSubmission.IdempotencyKey? = nil
    ) async throws(HTTPProblem) -> JobReport {
        do {
            return try await service.submit(job, for: caller, idempotency: idempotency)
        } catch {
            throw HTTPProblem(error)
        }
    }

    /// `202 Accepted` with the job's document.
    func accepted(_ report: JobReport) throws -> Response {
        let document = JobDocument(report)
        var response = try Response.json(document, status: .accepted)
        response.headers[.location] = document.links.status
        return response
    }
}
