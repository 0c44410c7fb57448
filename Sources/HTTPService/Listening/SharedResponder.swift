import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Answers requests with a router's responder, as the framework's own `Application` does for the sockets that it opens itself.
struct SharedResponder<Responder: HTTPResponder>: Sendable where Responder.Context == CallContext {
    let responder: Responder
    let logger: Logger
    let date = ResponseDate()
    let onAnswer: @Sendable () -> Void

    func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        var logger = logger
        logger[metadataKey: "hb.request.id"] = .stringConvertible(RequestID())
        let context = CallContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        var response: Response
        do {
            response = try await responder.respond(to: request, context: context)
        } catch let error as HTTPParserError {
            // The connection's handler answers those itself.
            throw error
        } catch {
            logger.debug("a request got no answer of its own", metadata: ["error": "\(error)"])
            response = Response(status: .internalServerError)
        }
        response.headers[.date] = date.text
        response.headers[.server] = "sakuga"
        onAnswer()
        do {
            try await writer.write(response: response.head, body: response.body)
        } catch is HTTPParserError {
            throw BrokenReply()
        }
    }

    /// Of a request that turned out to be no HTTP when its answer had begun: no second answer may follow.
    private struct BrokenReply: Error {}
}

/// The date of answers as HTTP wants it, made anew once a second.
final class ResponseDate: Sendable {
    private let last = Mutex<(second: Int, text: String)>((0, ""))

    var text: String {
        let now = Int(Date().timeIntervalSince1970)
        return last.withLock { last in
            if last.second != now { last = (now, Self.text(of: now)) }
            return last.text
        }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, in English on every machine.
    static func text(of second: Int) -> String {
        var time = time_t(second), parts = tm()
        gmtime_r(&time, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { twoDigits($0) }.joined(separator: ":")
        let day = "\(twoDigits(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(Int(parts.tm_year) + 1900)"
        return "\(days[Int(parts.tm_wday)]), \(day) \(clock) GMT"
    }

    private static func twoDigits(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
