import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import NIOCore
import Serving
import WebPages

/// What the routes need, in one place.
struct Backend: Sendable {
    let configuration: HTTPConfiguration
    let service: JobService
    let readiness: Readiness
    let bodies: BodyReader
    let gradio: GradioDesk
    let observation: Observation
    let eventSeats: EventSeats

    init(configuration: HTTPConfiguration, service: JobService, readiness: Readiness, observation: Observation) {
        self.configuration = configuration
        self.service = service
        self.readiness = readiness
        self.observation = observation
        bodies = BodyReader(
            limit: configuration.bodyLimit, budget: ByteBudget(configuration.bodiesLimit), metrics: observation.metrics)
        gradio = GradioDesk(configuration.gradio)
        eventSeats = EventSeats(limit: configuration.eventStreamLimit)
    }

    /// Whether new work is welcome.
    var isReady: Bool { readiness.current == .ready && service.isTakingJobs }

    /// Refuses work before the model is there. (While draining, what still arrives is still done.)
    func requireModel() throws(Refusal) {
        if readiness.current == .starting { throw .starting }
    }

    /// Lets a direct request that comes before the model is there wait for it a little: loading takes a fraction of a second, and whoever
    /// stands in front (a bare nginx) does not ask twice. Its body stays with the client meanwhile.
    func awaitModel(for caller: ClientContext, _ context: CallContext) async throws {
        if readiness.current == .starting {
            let longest = min(configuration.startWait, service.policy.maximumWait)
            let time = min(longest, caller.timeout ?? longest), readiness = readiness, most = configuration.startWaiters
            try await context.channel.whileClientListens { await readiness.waitUntilStarted(atMost: time, maximumWaiters: most) }
        }
        try requireModel()
    }

    /// A direct request of the client of `context`: its picture, or its place in the queue. Given up when the client hangs up.
    func picture(_ job: JobRequest, for caller: ClientContext, _ context: CallContext) async throws -> PictureResponse {
        do {
            let service = service
            return try await context.channel.whileClientListens { try await service.picture(job, for: caller) }
        } catch let error as JobError {
            throw Refusal(error)
        }
    }

    /// A job for the queue.
    func submit(
        _ job: JobRequest, for caller: ClientContext, idempotency: JobSubmission.IdempotencyKey? = nil
    ) async throws(Refusal) -> JobReport {
        do {
            return try await service.submit(job, for: caller, idempotency: idempotency)
        } catch {
            throw Refusal(error)
        }
    }

    /// `202 Accepted`: the job's place in the queue, and where to ask for it.
    func accepted(_ report: JobReport) throws -> Response {
        let document = JobDocument(report)
        let body = try JSONEncoder.forReplies.encode(document)
        return Response(
            status: .accepted,
            headers: [.contentType: "application/json", .cacheControl: "no-store", .location: document.links.status],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
