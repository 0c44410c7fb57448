import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobQueue
import NIOCore
import Serving
import Testing

/// Jobs from submission to result.
@Suite(.timeLimit(.minutes(5))) struct JobTests {
    @Test func `a job is accepted and run, and its picture is fetched`() async throws {
        let handler = RecordingHandler()
        try await withJobs(handler) { client in
            let accepted = try await client.post("/v1/jobs?format=png&size=256&style=paprika", "abc")
            #expect(accepted.status == .accepted)
            let id = try #require(try accepted.object["job"] as? String)
            #expect(accepted.headers[.location] == "/v1/jobs/\(id)")
            #expect(accepted.headers[.cacheControl] == "no-store")
            #expect(try await client.end(of: id) == "done")

            let document = try await client.get("/v1/jobs/\(id)/")
            #expect(document.status == .ok)
            #expect(try document.object["status"] as? String == "done")
            #expect(try document.object["attempts"] as? Int == 1)
            #expect(try document.object["position"] == nil)

            let picture = try await client.get("/v1/jobs/\(id)/result")
            #expect(picture.status == .ok)
            #expect(picture.text == "cba")
            #expect(picture.headers[.contentType] == "image/png")
            #expect(picture.headers[.cacheControl] == "private, max-age=3600, immutable")
            #expect(picture.headers[HTTPField.Name("X-Image-Size")!] == "640x480")
            let request = try #require(handler.requests.first)
            #expect(request.size == 256)
            #expect(request.style == "paprika")
        }
    }

    @Test func `a form's file is the photo`() async throws {
        try await withJobs { client in
            let form = "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\nabc\r\n--x--\r\n"
            let id = try await client.submit(form, headers: [.contentType: "multipart/form-data; boundary=x"])
            #expect(try await client.end(of: id) == "done")
            #expect(try await client.get("/v1/jobs/\(id)/result").text == "cba")
        }
    }

    @Test func `a client with a current copy of the picture gets 304`() async throws {
        try await withJobs { client in
            let id = try await client.submit("abc")
            try await client.end(of: id)
            let path = "/v1/jobs/\(id)/result"
            let tag = try #require(try await client.get(path).headers[.eTag])
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""))
            for named in [tag, "W/\(tag)", "\"a\",  \(tag) , \"b\"", "*"] {
                let again = try await client.get(path, headers: [.ifNoneMatch: named])
                #expect(again.status == .notModified, "\(named)")
                #expect(again.text.isEmpty)
                #expect(again.headers[.eTag] == tag)
            }
            #expect(try await client.get(path, headers: [.ifNoneMatch: "\"another\""]).text == "cba")
            let head = try await client.executeRequest(uri: path, method: .head, headers: [:], body: nil)
            #expect(head.status == .ok)
            #expect(head.headers[.contentLength] == "3")
            #expect(head.headers[.eTag] == tag)
            #expect(head.text.isEmpty)
        }
    }

    @Test func `queued and running jobs can be cancelled`() async throws {
        let handler = PatientHandler()
        try await withJobs(handler) { client in
            var events = handler.events.makeAsyncIterator()
            let running = try await client.submit("running")
            #expect(await events.next() == "started")
            let waiting = try await client.submit("waiting")

            let early = try await client.get("/v1/jobs/\(waiting)/result")
            #expect(early.status == .conflict)
            #expect(try early.problem().contains("queued at position 1"))
            #expect(early.headers[.retryAfter].flatMap { Int($0) } ?? 0 >= 1)

            for job in [waiting, running] {
                let cancelled = try await client.delete("/v1/jobs/\(job)")
                #expect(cancelled.status == .ok)
                #expect(try cancelled.object["status"] as? String == "cancelled")
                let gone = try await client.get("/v1/jobs/\(job)/result")
                #expect(gone.status == .gone)
                #expect(try gone.problem().contains("cancelled"))
            }
            #expect(await events.next() == "cancelled")
            // The worker is free again.
            _ = try await client.submit("next")
            #expect(await events.next() == "started")
        }
    }

    @Test func `a job that has ended stays as it is`() async throws {
        try await withJobs { client in
            let id = try await client.submit("abc")
            try await client.end(of: id)
            let response = try await client.delete("/v1/jobs/\(id)")
            #expect(response.status == .ok)
            #expect(try response.object["status"] as? String == "done")
            let picture = try await client.get("/v1/jobs/\(id)/result")
            #expect(picture.text == "cba")
        }
    }

    @Test func `a failed job has its error in its document and as its result`() async throws {
        let handler = RecordingHandler(failure: JobError(.unsupportedImage, "This is no picture."))
        try await withJobs(handler) { client in
            let id = try await client.submit("abc")
            #expect(try await client.end(of: id) == "failed")
            let error = try await client.get("/v1/jobs/\(id)").object["error"] as? [String: String]
            #expect(error == ["code": "unsupported_image", "message": "This is no picture."])
            let result = try await client.get("/v1/jobs/\(id)/result")
            #expect(result.status == .unsupportedMediaType)
            #expect(try result.problem() == "This is no picture.")
        }
    }

    @Test(arguments: ["5f0c2e9b7a3d41c68e1b0a9f4d7c2b36", "no-id", "%2e%2e"])
    func `an unknown job is not found`(id: String) async throws {
        try await withJobs { client in
            for path in ["/v1/jobs/\(id)", "/v1/jobs/\(id)/result", "/v1/jobs/\(id)/events"] {
                let response = try await client.get(path)
                #expect(response.status == .notFound)
                _ = try response.problem()
            }
            #expect(try await client.delete("/v1/jobs/\(id)").status == .notFound)
        }
    }

    @Test func `a wrong method gets the allowed ones`() async throws {
        try await withJobs { client in
            let response = try await client.post("/v1/jobs/5f0c2e9b7a3d41c68e1b0a9f4d7c2b36", "abc")
            #expect(response.status == .methodNotAllowed)
            #expect(response.headers[.allow] == "GET, HEAD, DELETE")
            #expect(try await client.delete("/v1/jobs").headers[.allow] == "POST")
        }
    }
}
