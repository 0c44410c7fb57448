import Foundation
import HTTPTypes
import Hummingbird
import LoadTesting
import NIOCore

/// A request that is not done, told as RFC 9457 has it.
struct ConsoleProblem: Error, Sendable, Equatable {
    var status: HTTPResponse.Status
    /// For programs; never changes.
    var code: String
    /// What was wrong and what to do, in English.
    var sentence: String
    /// What a sentence in another language needs to know.
    var facts: Facts?

    /// The particulars of a problem.
    struct Facts: Sendable, Equatable, Encodable {
        /// The field of the order that is meant.
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
        status: .serviceUnavailable, code: "overloaded", sentence: "Too many pages follow this test already. Close one.")
    static let noRun = ConsoleProblem(
        status: .notFound, code: "unknown_run",
        sentence: "That run isn't kept here (any more). The list of runs is at /loadtest/runs.")
    static let tooLong = ConsoleProblem(
        status: .contentTooLarge, code: "too_long",
        sentence: "The request is too long; the console's own are a few hundred bytes.")
    static let broken = ConsoleProblem(
        status: .internalServerError, code: "internal", sentence: "That failed in the console itself; its log says more.")

    static func unknown(_ path: String) -> ConsoleProblem {
        ConsoleProblem(
            status: .notFound, code: "unknown_path",
            sentence:
                "There is nothing at \(path.prefix(100)). The page is /console; programs read /loadtest/state and /loadtest/events."
        )
    }

    /// What the load test refuses, or why a run could not be done.
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
