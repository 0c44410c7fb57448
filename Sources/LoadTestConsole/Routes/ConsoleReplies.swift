import HTTPTypes
import Hummingbird
import Logging
import WebPages

/// What the console answers for what its access rules and its routes throw.
enum ConsoleReplies {
    static func response(for error: any Error, _ request: Request, _ context: BasicRequestContext) -> Response {
        problem(for: error, request, context).response
    }

    private static func problem(
        for error: any Error, _ request: Request, _ context: BasicRequestContext
    ) -> ConsoleProblem {
        switch error {
        case let problem as ConsoleProblem: return problem
        case let refusal as ConsoleAccessError:
            return ConsoleProblem(status: refusal.status, code: refusal.code, sentence: refusal.message)
        case let error as HTTPError where error.status == .notFound: return .unknown(request.uri.path)
        case let error as HTTPError where error.status.kind == .clientError:
            return ConsoleProblem(status: error.status, code: "unusable", sentence: error.body ?? "The console can't do this.")
        default:
            context.logger.error("a request to the console failed", metadata: ["error": "\(error)"])
            return .broken
        }
    }
}
