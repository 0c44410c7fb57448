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
    /// What was wrong and what to do.
    var sentence: String

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

    static func unusable(_ sentence: String) -> ConsoleProblem {
        ConsoleProblem(status: .unprocessableContent, code: "unusable", sentence: sentence)
    }

    static func unknown(_ path: String) -> ConsoleProblem {
        ConsoleProblem(
            status: .notFound, code: "unknown_path",
            sentence:
                "There is nothing at \(path.prefix(100)). The page is /console; programs read /loadtest/state and /loadtest/events."
        )
    }

    /// What the load test refuses.
    init(_ error: LoadTestError) {
        switch error {
        case .alreadyRunning: self.init(status: .conflict, code: "already_running", sentence: error.description)
        case .notRunning: self.init(status: .conflict, code: "not_running", sentence: error.description)
        default: self.init(status: .unprocessableContent, code: "unusable", sentence: error.description)
        }
    }

    init(status: HTTPResponse.Status, code: String, sentence: String) {
        self.status = status
        self.code = code
        self.sentence = sentence
    }

    private struct Details: Encodable {
        var type = "about:blank"
        var title: String
        var status: Int
        var detail: String
        var code: String
    }

    var response: Response {
        let details = Details(title: status.reasonPhrase, status: status.code, detail: sentence, code: code)
        let body = (try? LoadTestSummary.encoder.encode(details)) ?? Data()
        var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
        if status == .unauthorized { headers[.wwwAuthenticate] = #"Bearer realm="sakuga load test""# }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
