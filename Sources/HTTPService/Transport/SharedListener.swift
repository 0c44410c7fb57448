import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Serves the connections of a shared socket. At a graceful shutdown it stops accepting, gives open connections time to receive
/// `Connection: close` with their next response, then closes idle ones, and returns when all are closed.
struct SharedListener {
    let socket: SharedSocket
    let limit: Int
    /// How long open connections may send further requests after accepting has stopped. Longer than clients pause between two requests:
    /// closing at once could cross a request on its way, which would fail.
    let gracePeriod: Duration
    let channel: ServiceChannel
    let logger: Logger

    func run() async {
        let loop = AcceptLoop(socket, limit: limit)
        await withGracefulShutdownHandler {
            loop.start()
            await withTaskCancellationHandler {
                await serve(loop)
            } onCancel: {
                loop.stop()
            }
        } onGracefulShutdown: {
            loop.stop()
        }
    }

    private func serve(_ loop: AcceptLoop) async {
        await withDiscardingTaskGroup { group in
            for await descriptor in loop.connections {
                group.addTask { await serve(descriptor) }
            }
            // Accepting has stopped; the group waits for the connections.
            group.addTask { await closeAfterGracePeriod() }
        }
    }

    private func serve(_ descriptor: CInt) async {
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
        do {
            let value = try await bootstrap.withConnectedSocket(descriptor) { connection in
                socket.open.add(connection)
                return channel.setup(channel: connection, logger: logger)
            }
            await channel.handle(value: value, logger: logger)
        } catch {
            logger.debug("a connection was not served", metadata: ["error": "\(error)"])
        }
    }

    private func closeAfterGracePeriod() async {
        let end = ContinuousClock.now + gracePeriod
        // If none is open, nothing is closed: the last accepted one may be set up just then, with its first request on its way.
        while socket.connectionCount > 0 {
            if ContinuousClock.now >= end || Task.isCancelled { return socket.open.quiesce() }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}

/// Answers requests with a router's responder, as Hummingbird's `Application` does for the sockets that it opens itself.
struct SharedResponder<Responder: HTTPResponder>: Sendable where Responder.Context == ServiceRequestContext {
    let responder: Responder
    let logger: Logger
    let date = DateHeader()
    let onResponse: @Sendable () -> Void

    func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        var logger = logger
        logger[metadataKey: "hb.request.id"] = .stringConvertible(RequestID())
        let context = ServiceRequestContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        var response: Response
        do {
            response = try await responder.respond(to: request, context: context)
        } catch let error as HTTPParserError {
            // The connection handler answers those itself.
            throw error
        } catch {
            logger.debug("a request failed without a response", metadata: ["error": "\(error)"])
            response = Response(status: .internalServerError)
        }
        response.headers[.date] = date.text
        response.headers[.server] = "sakuga"
        onResponse()
        do {
            try await writer.write(response: response.head, body: response.body)
        } catch is HTTPParserError {
            throw BrokenResponse()
        }
    }

    /// The request turned out to be malformed after its response had begun. No second response may follow.
    private struct BrokenResponse: Error {}
}

/// The `Date` field, formatted once a second.
final class DateHeader: Sendable {
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
