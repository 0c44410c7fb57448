import Foundation
import HTTPService
import HTTPTypes
import HummingbirdTesting
import JobQueue
import NIOCore
import Serving
import Testing

/// The queue, as Gradio's Python client uses it.
@Suite(.timeLimit(.minutes(5))) struct GradioQueueTests {
    private static let photo = #"{"url":"data:image/jpeg;base64,AQIDBA=="}"#

    @Test func `an uploaded photo comes back as a picture that can be fetched`() async throws {
        let handler = RecordingHandler()
        try await withService(handler, configuration: quickGradio) { http in
            let client = GradioClient(http: http)
            let upload = try await client.upload([("photo.jpg", "abc")])[0]
            let event = try await client.join(
                #"{"path":"\#(upload)","orig_name":"photo.jpg","meta":{"_type":"gradio.FileData"}}"#)
            let messages = try await client.messages()
            #expect(messages.last?["msg"] as? String == "close_stream")
            let picture = try await http.get("/gradio_api/file=\(try messages.path(of: event))")
            #expect(picture.text == "cba")
            #expect(picture.headers[.contentType] == "image/jpeg")
            #expect(picture.headers[.contentDisposition] == "inline; filename=\"image.jpg\"")
        }
        #expect(handler.requests.map(\.image) == [Array("abc".utf8)])
    }

    @Test func `one stream has the events of all jobs of a session`() async throws {
        try await withService(configuration: quickGradio) { http in
            let client = GradioClient(http: http)
            var events: [String] = []
            for _ in 0..<5 { events.append(try await client.join(Self.photo)) }
            let messages = try await client.messages()
            for event in events {
                #expect(try messages.path(of: event).contains(event))
            }
            #expect(Set(events).count == 5)
        }
    }

    @Test(arguments: [
        ("null", "null"), (#""https://example.org/a.jpg""#, "not fetched"),
        (#"{"path":"http://example.org/a.jpg"}"#, "not fetched"),
        (#"{"path":null,"url":"file:///etc/passwd"}"#, "not fetched"), (#"{"path":"/etc/passwd"}"#, "Upload the file again"),
        (#"{"path":"/sakuga/00000000000000000000000000000000/a.jpg"}"#, "Upload the file again"),
        ("{}", "without an uploaded file's path"),
        (#""AQ%D""#, "Base64"),
    ])
    func `an invalid picture is an error of the job, not of the request`(picture: String, words: String) async throws {
        let handler = RecordingHandler()
        try await withService(handler, configuration: quickGradio) { http in
            let client = GradioClient(http: http)
            let event = try await client.join(picture)
            let error = try await client.messages().error(of: event)
            #expect(error.contains(words), "\(error)")
        }
        #expect(handler.requests.isEmpty)
    }

    @Test func `a failed job has a reason`() async throws {
        let handler = RecordingHandler(failure: JobError(.unsupportedImage, "This is no picture."))
        try await withService(handler, configuration: quickGradio) { http in
            let client = GradioClient(http: http)
            let event = try await client.join(Self.photo)
            #expect(try await client.messages().error(of: event) == "This is no picture.")
        }
    }

    @Test func `a result can be the input of another job`() async throws {
        try await withService(configuration: quickGradio) { http in
            let client = GradioClient(http: http)
            let first = try await client.join(Self.photo)
            let path = try await client.messages().path(of: first)
            let second = try await client.join(#"{"path":"\#(path)"}"#)
            let picture = try await http.get("/file=\(try await client.messages().path(of: second))")
            #expect(Array(picture.body.readableBytesView) == [1, 2, 3, 4])
        }
    }

    @Test func `an unknown session gets an error`() async throws {
        try await withService(configuration: quickGradio) { http in
            let messages = try await GradioClient(http: http, session: "never").messages()
            #expect(messages.count == 1)
            #expect(messages.first?["msg"] as? String == "unexpected_error")
            #expect(messages.first?["session_not_found"] as? Bool == true)
        }
    }

    @Test func `requests that are not calls are rejected at once`() async throws {
        try await withService(configuration: quickGradio) { http in
            let noSession = try await http.post("/gradio_api/queue/join", #"{"data":["AQID"],"fn_index":0}"#)
            #expect(noSession.status == .badRequest)
            #expect(try noSession.gradioError() == "Session hash not found.")
            let noData = try await http.post("/queue/join", #"{"session_hash":"s"}"#)
            #expect(noData.status == .unprocessableContent)
            _ = try noData.gradioError()
            #expect(try await http.get("/gradio_api/queue/data").status == .badRequest)
            #expect(try await http.post("/gradio_api/cancel", "[").status == .unprocessableContent)
        }
    }

    @Test func `too many jobs of one session are a full queue`() async throws {
        var configuration = quickGradio
        configuration.gradio.eventsPerSession = 2
        let handler = PatientHandler()
        try await withService(handler, configuration: configuration) { http in
            let client = GradioClient(http: http)
            for _ in 0..<2 { _ = try await client.join(Self.photo) }
            let response = try await client.joinReply(Self.photo)
            #expect(response.status == .serviceUnavailable)
            #expect(try response.gradioError().hasPrefix("Queue is full. "))
            #expect(response.headers[.retryAfter] != nil)
            handler.release()
            handler.release()
        }
    }

    @Test func `the queue's status is available`() async throws {
        try await withService { http in
            let status = try await http.get("/gradio_api/queue/status").object
            #expect(status["msg"] as? String == "estimation")
            #expect(status["queue_size"] as? Int == 0)
            #expect(status.keys.contains("rank_eta"))
        }
    }
}
