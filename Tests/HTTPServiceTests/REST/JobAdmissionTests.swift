import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobQueue
import Serving
import Testing

/// Idempotency keys, timeouts and capacity.
@Suite(.timeLimit(.minutes(5))) struct JobAdmissionTests {
    private static let key = HTTPField.Name("Idempotency-Key")!
    private static let replayed = HTTPField.Name("Idempotent-Replayed")!
    private static let timeout = HTTPField.Name("X-Request-Timeout")!

    @Test func `the same key with the same request returns the same job`() async throws {
        let handler = RecordingHandler()
        try await withJobs(handler) { client in
            let first = try await client.post("/v1/jobs?size=64", "abc", headers: [Self.key: "k 1"])
            let id = try #require(try first.object["job"] as? String)
            #expect(first.headers[Self.replayed] == nil)
            try await client.end(of: id)
            let again = try await client.post("/v1/jobs?size=64", "abc", headers: [Self.key: "k 1"])
            #expect(again.status == .accepted)
            #expect(again.headers[Self.replayed] == "true")
            #expect(again.headers[.location] == "/v1/jobs/\(id)")
            #expect(try again.object["status"] as? String == "done")
            #expect(try await client.submit("abc", query: "?size=64", headers: [Self.key: "k 2"]) != id)
            #expect(try await client.submit("abc", query: "?size=64") != id)
        }
    }

    @Test func `another form boundary is the same request`() async throws {
        try await withJobs { client in
            var ids: Set<String> = []
            for boundary in ["x", "yy"] {
                let form =
                    "--\(boundary)\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nabc\r\n--\(boundary)--"
                ids.insert(
                    try await client.submit(
                        form, headers: [.contentType: "multipart/form-data; boundary=\(boundary)", Self.key: "form"]))
            }
            #expect(ids.count == 1)
        }
    }

    @Test(arguments: [("?size=64", "abd"), ("?size=65", "abc"), ("?size=64&quality=80", "abc"), ("?size=64&fit=cover", "abc")])
    func `the same key with another request is a conflict`(query: String, picture: String) async throws {
        try await withJobs { client in
            _ = try await client.submit("abc", query: "?size=64", headers: [Self.key: "k"])
            let response = try await client.post("/v1/jobs" + query, picture, headers: [Self.key: "k"])
            #expect(response.status == .unprocessableContent)
            #expect(try response.problem().contains("Idempotency-Key"))
        }
    }

    @Test(arguments: [String(repeating: "k", count: 256), "schlüssel", ""])
    func `an invalid key is rejected`(key: String) async throws {
        try await withJobs { client in
            let response = try await client.post("/v1/jobs", "abc", headers: [Self.key: key])
            #expect(response.status == .badRequest)
            #expect(try response.object["code"] as? String == "bad_idempotency_key")
        }
    }

    @Test func `a job that is not started in time expires`() async throws {
        let handler = PatientHandler()
        try await withJobs(handler) { client in
            var events = handler.events.makeAsyncIterator()
            let running = try await client.submit("running")
            #expect(await events.next() == "started")
            let response = try await client.post("/v1/jobs", "late", headers: [Self.timeout: "0.5"])
            // A job that cannot be completed in time by prediction is rejected at once.
            if response.status == .accepted {
                let late = try #require(try response.object["job"] as? String)
                #expect(try await client.end(of: late) == "expired")
                let result = try await client.get("/v1/jobs/\(late)/result")
                #expect(result.status == .gone)
                #expect(try result.object["code"] as? String == "job_expired")
            } else {
                #expect(response.status == .serviceUnavailable)
                #expect(try response.object["code"] as? String == "deadline")
            }
            handler.release()
            #expect(try await client.end(of: running) == "done")
        }
    }

    @Test(arguments: ["0", "-1", "soon", "1e9"])
    func `an invalid timeout is rejected`(time: String) async throws {
        try await withJobs { client in
            let response = try await client.post("/v1/jobs", "abc", headers: [Self.timeout: time])
            #expect(response.status == .badRequest)
        }
    }

    @Test func `a full queue gives 503 with Retry-After on every route`() async throws {
        let handler = PatientHandler()
        var limits = JobStoreLimits()
        limits.queuedJobs = 1
        var policy = quickPolicy
        // Synchronous requests have to be queued, too.
        policy.maximumWait = .nanoseconds(1)
        try await withJobs(handler, limits: limits, policy: policy) { client in
            var events = handler.events.makeAsyncIterator()
            let running = try await client.submit("running")
            #expect(await events.next() == "started")
            let waiting = try await client.submit("waiting")
            for path in ["/v1/jobs", "/v1/stylize"] {
                let response = try await client.post(path, "more")
                #expect(response.status == .serviceUnavailable, "\(path)")
                #expect(try response.problem().contains("1 jobs are waiting"))
                #expect(response.headers[.retryAfter].flatMap { Int($0) } ?? 0 >= 1)
            }
            let predict = try await client.post("/api/predict/", #"{"data":["data:image/jpeg;base64,AQID"]}"#)
            #expect(predict.status == .serviceUnavailable)
            #expect(try predict.gradioError().contains("1 jobs are waiting"))
            #expect(predict.headers[.retryAfter] != nil)

            handler.release()
            #expect(try await client.end(of: running) == "done")
            #expect(await events.next() == "started")
            handler.release()
            #expect(try await client.end(of: waiting) == "done")
        }
    }

    @Test func `an evicted picture is gone`() async throws {
        var limits = JobStoreLimits()
        limits.resultBytes = 4
        try await withJobs(limits: limits) { client in
            let first = try await client.submit("abc")
            #expect(try await client.end(of: first) == "done")
            let second = try await client.submit("abd")
            #expect(try await client.end(of: second) == "done")
            // The sweep runs once a second.
            var response = try await client.get("/v1/jobs/\(first)/result")
            while response.status == .ok { response = try await client.get("/v1/jobs/\(first)/result") }
            #expect(response.status == .gone || response.status == .notFound)
            #expect(try await client.get("/v1/jobs/\(second)/result").text == "dba")
        }
    }
}
