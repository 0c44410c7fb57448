import Foundation
import HTTPTypes
import Hummingbird
import LoadGeneration
import LoadTesting
import Logging
import NIOCore
import WebPages

/// An error response in the format of RFC 9457.
struct ConsoleProblem: Error, Sendable, Equatable {
    var status: HTTPResponse.Status
    /// For programs; never changes.
    var code: String
    /// What is wrong and what to do, in English.
    var sentence: String
    /// The values for a sentence in another language.
    var facts: Facts?

    /// The particulars of a problem.
    struct Facts: Sendable, Equatable, Encodable {
        /// The field in question.
        var field: String?
        /// Whether loads are arrivals a second, not users.
        var isOpen: Bool?
        /// The largest number that there can be.
        var most: Int?
        /// What is tested.
        var target: String?
        /// What happened, in English.
        var reason: String?
    }

    static let tooMany = ConsoleProblem(
        status: .serviceUnavailable, code: "overloaded", sentence: "Too many pages follow this test. Close one.")
    static let noRun = ConsoleProblem(
        status: .notFound, code: "unknown_run",
        sentence: "This run is not kept. The kept runs are listed at /loadtest/runs.")
    static let tooLong = ConsoleProblem(
        status: .contentTooLarge, code: "too_long",
        sentence: "The request is too long.")
    static let broken = ConsoleProblem(
        status: .internalServerError, code: "internal", sentence: "The console failed to handle the request; see its log.")

    static func unknown(_ path: String) -> ConsoleProblem {
        ConsoleProblem(
            status: .notFound, code: "unknown_path",
            sentence:
                "There is nothing at \(path.prefix(100)). The page is at /console; programs read /loadtest/state and /loadtest/events."
        )
    }

    /// Why the load test rejected a request or a run failed.
    init(_ error: LoadTestError) {
        switch error {
        case .alreadyRunning: self.init(status: .conflict, code: "already_running", sentence: error.description)
        case .notRunning: self.init(status: .conflict, code: "not_running", sentence: error.description)
        case .unreachable(let target, let reason):
            self.init(
                status: .badGateway, code: "target_unreachable", sentence: error.description,
                facts: Facts(target: target, reason: reason))
        case .badPlan: self.init(status: .unprocessableContent, code: "bad_plan", sentence: error.description)
        }
    }

    init(status: HTTPResponse.Status, code: String, sentence: String, facts: Facts? = nil) {
        self.status = status
        self.code = code
        self.sentence = sentence
        self.facts = facts
    }

    private struct Details: Encodable {
        var type = "about:blank"
        var title: String
        var status: Int
        var detail: String
        var code: String
        var facts: Facts?
    }

    var response: Response {
        let details = Details(title: status.reasonPhrase, status: status.code, detail: sentence, code: code, facts: facts)
        let body = (try? LoadTestSummary.encoder.encode(details)) ?? Data()
        var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
        if status == .unauthorized { headers[.wwwAuthenticate] = #"Bearer realm="sakuga load test""# }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

/// Errors of requests to start a run or to change its load. The page has its own text for each code, in both languages.
extension ConsoleProblem {
    /// The fields of the page's forms.
    enum Field: String, Sendable {
        case load, loads, peak, seconds
        case spawnRate = "spawn_rate"
    }

    /// A field with an invalid load or number.
    static func unusable(_ field: Field, isOpen: Bool) -> ConsoleProblem {
        let name = isOpen ? "Arrivals a second" : "Users"
        let sentence =
            switch field {
            case .load, .peak:
                isOpen ? "\(name) must be a number above 0, such as 2.5." : "\(name) must be a whole number from 1, such as 20."
            case .loads:
                isOpen
                    ? "\(name) must be numbers above 0 separated by commas, such as 2.5,5,10."
                    : "\(name) must be whole numbers separated by commas, such as 5,10,20."
            case .seconds: "Seconds must be a number, such as 60."
            case .spawnRate: "Users started a second must be a number above 0, such as 10; without it all start at once."
            }
        return order("bad_\(field.rawValue)", sentence, Facts(field: field.rawValue, isOpen: isOpen))
    }

    static func loadTooHigh(most: Int, _ field: Field, isOpen: Bool) -> ConsoleProblem {
        order(
            "load_too_high",
            "The limit is \(most) \(isOpen ? "requests a second" : "users"); use fewer.",
            Facts(field: field.rawValue, isOpen: isOpen, most: most))
    }

    static func tooManyLoads(most: Int) -> ConsoleProblem {
        order(
            "too_many_loads", "A run has at most \(most) steps. Give fewer loads.", Facts(field: Field.loads.rawValue, most: most)
        )
    }

    static func badSeconds(most: Int, isOptional: Bool) -> ConsoleProblem {
        order(
            isOptional ? "bad_end" : "bad_seconds",
            "Seconds must be a number from 1 to \(most), such as 60"
                + (isOptional ? "; without it the load continues until it is stopped." : "."),
            Facts(field: Field.seconds.rawValue, most: most))
    }

    static let noObjectives = order(
        "no_objectives",
        "A search for the highest load needs objectives. Start the console with some, such as --slo p95=3s,errors=1%.")

    static func unknownShape(_ name: String) -> ConsoleProblem {
        order(
            "unknown_shape",
            "There is no shape \"\(name.prefix(40))\". The shapes are planned, steady, steps, ramp, spike, soak and find.")
    }

    /// Why a body could not be read: a field of the wrong type, or no JSON object.
    static func unreadable(_ error: DecodingError, isOpen: Bool) -> ConsoleProblem {
        let path: [any CodingKey] =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context.codingPath
            case .keyNotFound(let key, let context): context.codingPath + [key]
            @unknown default: []
            }
        switch path.first?.stringValue {
        case "shape": return unknownShape("")
        case "spawnRate": return unusable(.spawnRate, isOpen: isOpen)
        case let name?:
            if let field = Field(rawValue: name) { return unusable(field, isOpen: isOpen) }
        case nil: break
        }
        return order("not_json", #"The request's body must be a JSON object, such as {"shape":"steady","load":20}."#)
    }

    private static func order(_ code: String, _ sentence: String, _ facts: Facts? = nil) -> ConsoleProblem {
        ConsoleProblem(status: .unprocessableContent, code: code, sentence: sentence, facts: facts)
    }
}

/// The console's responses to errors of its access check and its routes.
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
            return ConsoleProblem(status: error.status, code: "unusable", sentence: error.body ?? "The console cannot do this.")
        default:
            context.logger.error("a request to the console failed", metadata: ["error": "\(error)"])
            return .broken
        }
    }
}
