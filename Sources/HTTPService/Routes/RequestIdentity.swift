import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Gives each request an id, which its reply carries and the log names, finds out who asks, and writes the one log line of a request.
struct RequestIdentity: RouterMiddleware {
    typealias Context = CallContext

    let recognition: CallerRecognition

    func handle(
        _ request: Request, context: CallContext,
        next: (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID = Self.acceptable(request.headers[.requestID]) ?? Self.newID()
        recognition.recognise(request, in: &context)
        // One id is enough in a log; the framework's own is not told to clients.
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request_id"] = "\(context.requestID)"
        let arrival = ContinuousClock.now
        var response = try await next(request, context)
        response.headers[.requestID] = context.requestID
        let milliseconds = (arrival.duration(to: .now) / .milliseconds(1)).rounded()
        context.logger.info(
            "\(request.method.rawValue) \(request.uri.path.prefix(200)) \(response.status.code)",
            metadata: [
                "milliseconds": "\(Int(milliseconds))", "bytes": "\(response.body.contentLength ?? 0)",
                "client": "\(context.client)",
            ])
        return response
    }

    /// A client's own id, if it is short and can't disturb a log.
    private static func acceptable(_ id: String?) -> String? {
        guard let id, (1...64).contains(id.utf8.count) else { return nil }
        let isPlain = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        return isPlain ? id : nil
    }

    private static func newID() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension HTTPField.Name {
    static let requestID = Self("X-Request-Id")!
}
