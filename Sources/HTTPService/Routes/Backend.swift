import Hummingbird
import NIOCore
import Serving

/// What the routes need, in one place.
struct Backend: Sendable {
    let configuration: HTTPConfiguration
    let handler: any JobHandler
    let readiness: Readiness
    let bodies: BodyReader

    init(configuration: HTTPConfiguration, handler: any JobHandler, readiness: Readiness) {
        self.configuration = configuration
        self.handler = handler
        self.readiness = readiness
        bodies = BodyReader(limit: configuration.bodyLimit, budget: ByteBudget(configuration.bodiesLimit))
    }

    /// Refuses work before the model is there. (While draining, what still arrives is still done.)
    func requireModel() throws(Refusal) {
        if readiness.current == .starting { throw .starting }
    }

    /// Does a job for the client of `context`; gives it up when the client hangs up.
    func run(_ job: JobRequest, for context: CallContext) async throws -> JobResult {
        do {
            let handler = handler
            return try await context.channel.whileClientListens { try await handler.run(job) }
        } catch let error as JobError {
            throw Refusal(error)
        }
    }
}
