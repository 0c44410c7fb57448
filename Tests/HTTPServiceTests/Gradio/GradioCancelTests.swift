import Foundation
import HTTPService
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Serving
import Testing

/// Cancelling jobs, closing streams and shutting down.
@Suite(.timeLimit(.minutes(5))) struct GradioCancelTests {
    private static let photo = #"{"url":"data:image/jpeg;base64,AQIDBA=="}"#

    @Test(arguments: ["/gradio_api/cancel", "/gradio_api/reset", "/cancel"])
    func `one waiting job is cancelled and the other continues`(path: String) async throws {
        let handler = PatientHandler()
        try await withService(handler, configuration: quickGradio) { http in
            let client = GradioClient(http: http)
            let running = try await client.join(Self.photo)
            var events = handler.events.makeAsyncIterator()
            #expect(await events.next() == "started")
            let waiting = try await client.join(Self.photo)
            let reply = try await http.post(path, #"{"fn_index":0,"session_hash":"s","event_id":"\#(waiting)"}"#)
            #expect(try reply.object["success"] as? Bool == true)
            handler.release()
            let messages = try await client.messages()
            #expect(try messages.error(of: waiting) == "The job was cancelled.")
            #expect(try messages.path(of: running).hasSuffix("/image.jpg"))
        }
    }

    @Test func `a running job is cancelled`() async throws {
        let handler = PatientHandler()
        try await withService(handler, configuration: quickGradio) { http in
            let client = GradioClient(http: http)
            let event = try await client.join(Self.photo)
            var events = handler.events.makeAsyncIterator()
            #expect(await events.next() == "started")
            _ = try await http.post("/gradio_api/cancel", #"{"session_hash":"s","event_id":"\#(event)"}"#)
            #expect(try await client.messages().error(of: event) == "The job was cancelled.")
            #expect(await events.next() == "cancelled")
        }
    }

    @Test(arguments: [#"{"event_id":null,"session_hash":"s"}"#, "{}", #"{"event_id":"nonsense"}"#])
    func `a cancellation without a job is not an error`(body: String) async throws {
        try await withService { http in
            let reply = try await http.post("/gradio_api/cancel", body)
            #expect(try reply.object["success"] as? Bool == true)
        }
    }

    @Test func `when the client disconnects, its queued jobs are cancelled and the running one is not`() async throws {
        let handler = PatientHandler()
        try await withService(handler, configuration: quickGradio) { http in
            let client = GradioClient(http: http)
            let running = try await client.join(Self.photo)
            var events = handler.events.makeAsyncIterator()
            #expect(await events.next() == "started")
            let waiting = try await client.join(Self.photo)
            try await RawConnection.open(port: try #require(http.port)) { connection in
                try await connection.send("GET /gradio_api/queue/data?session_hash=s HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(try await connection.read(to: waiting).contains("text/event-stream"))
            }
            // The route of calls has the result of any job.
            let end = try await http.get("/gradio_api/call/predict/\(waiting)").text
            #expect(end.contains("event: error\ndata: {") && end.contains("cancelled"), "\(end)")
            handler.release()
            #expect(try await http.get("/gradio_api/call/predict/\(running)").text.hasPrefix("event: complete\ndata: [{"))
        }
    }

    @Test func `at shutdown all jobs of a stream end at once, with a reason`() async throws {
        let handler = PatientHandler()
        let (endings, source) = AsyncStream<[String: String]>.makeStream()
        try await withService(handler, configuration: quickGradio) { http in
            let client = GradioClient(http: http)
            let running = try await client.join(Self.photo)
            var events = handler.events.makeAsyncIterator()
            #expect(await events.next() == "started")
            let waiting = try await client.join(Self.photo)
            let (openings, opened) = AsyncStream<Void>.makeStream()
            let port = try #require(http.port)
            Task {
                defer { source.finish() }
                try await RawConnection.open(port: port) { connection in
                    try await connection.send("GET /gradio_api/queue/data?session_hash=s HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    var text = ""
                    for try await part in connection.inbound {
                        text += String(buffer: part)
                        if text.contains(waiting) { opened.yield() }
                        if text.contains("close_stream") { break }
                    }
                    source.yield(["waiting": waiting, "running": running, "text": text])
                }
            }
            var opening = openings.makeAsyncIterator()
            _ = await opening.next()
        }
        var iterator = endings.makeAsyncIterator()
        let ending = try #require(await iterator.next())
        let messages = try GradioClient.messages(in: try #require(ending["text"]?.eventStreamBody))
        for job in ["waiting", "running"] {
            #expect(try messages.error(of: try #require(ending[job])).hasPrefix("The server is shutting down"))
        }
    }
}

extension String {
    /// The body of a chunked response; each chunk has one or more lines.
    fileprivate var eventStreamBody: String {
        let body = components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n")
        return body.components(separatedBy: "\r\n").filter { $0.hasPrefix("data: ") }.joined()
    }
}
