import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Serving
import Testing

@Suite(.timeLimit(.minutes(5))) struct InformationTests {
    @Test func `the styles have titles in both languages, and the range of sizes`() async throws {
        try await withService { client in
            let reply = try await client.get("/v1/styles").object
            let styles = try #require(reply["styles"] as? [[String: Any]])
            #expect(styles.map { $0["name"] as? String } == ["painted", "paprika"])
            #expect(styles.map { $0["isDefault"] as? Bool } == [true, false])
            #expect((styles[1]["title"] as? [String: String])?["zh"] == "红辣椒")
            #expect(styles.map { $0["thumbnail"] as? String } == ["data:image/jpeg;base64,/9j/", nil])
            #expect((reply["sizes"] as? [String: Int]) == ["minimum": 16, "maximum": 1024])
        }
    }

    @Test func `the service is live from the start, and ready only after becomeReady`() async throws {
        let readiness = Readiness()
        try await withService(readiness: readiness) { client in
            #expect(try await client.get("/health/live").status == .ok)
            let starting = try await client.get("/health/ready")
            #expect(starting.status == .serviceUnavailable)
            #expect(starting.text == #"{"queue":"ok","status":"starting"}"#)
            #expect(try await client.post("/v1/stylize", "x").status == .serviceUnavailable)
            #expect(try await client.post("/api/predict/", "{}").headers[.retryAfter] == "2")
            readiness.becomeReady()
            #expect(try await client.get("/health/ready").text == #"{"queue":"ok","status":"ready"}"#)
            #expect(try await client.post("/v1/stylize", "x").status == .ok)
            readiness.beginDraining()
            #expect(try await client.post("/v1/stylize", "x").status == .ok)
        }
    }

    @Test(arguments: [
        ("/v1/stylize", "x"), ("/api/predict/", #"{"data":["data:image/jpeg;base64,AQID"]}"#),
        ("/v2/models/painted/infer", #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["AQID"]}]}"#),
    ])
    func `a synchronous request during the start waits for the model`(path: String, body: String) async throws {
        let (waiters, continuation) = AsyncStream<Int>.makeStream()
        let readiness = Readiness(observeWaiters: { continuation.yield($0) })
        var configuration = testConfiguration
        configuration.startWait = .seconds(600)
        try await withService(configuration: configuration, readiness: readiness) { client in
            async let reply = client.post(path, body)
            _ = await waiters.first { $0 == 1 }
            readiness.becomeReady()
            let status = try await reply.status
            #expect(status == .ok)
        }
    }

    @Test func `the wait and the number of waiting requests are limited`() async throws {
        let (waiters, continuation) = AsyncStream<Int>.makeStream()
        let readiness = Readiness(observeWaiters: { continuation.yield($0) })
        var configuration = testConfiguration
        configuration.startWait = .seconds(600)
        configuration.startWaiters = 1
        try await withService(configuration: configuration, readiness: Readiness()) { client in
            let hurried = try await client.post("/v1/stylize", "x", headers: [HTTPField.Name("X-Request-Timeout")!: "0.01"])
            #expect(hurried.status == .serviceUnavailable)
            #expect(try hurried.problem().contains("is starting"))
            #expect(hurried.headers[.retryAfter] == "2")
        }
        try await withService(configuration: configuration, readiness: readiness) { client in
            let port = try #require(client.port)
            try await RawConnection.open(port: port) { connection in
                try await connection.send("POST /v1/stylize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx")
                _ = await waiters.first { $0 == 1 }
                #expect(try await client.post("/v1/stylize", "x").status == .serviceUnavailable)
            }
            // The waiting client has disconnected.
            _ = await waiters.first { $0 == 0 }
        }
    }

    @Test func `during shutdown the service is not ready and closes connections`() async throws {
        let readiness = Readiness()
        readiness.becomeReady()
        readiness.beginDraining()
        try await withService(readiness: readiness) { client in
            let reply = try await client.get("/health/ready")
            #expect(reply.text == #"{"queue":"ok","status":"draining"}"#)
            #expect(reply.headers[.connection] == "close")
        }
    }

    @Test(arguments: [
        ("/", "text/html; charset=utf-8"), ("/app.js", "text/javascript; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"), ("/strings.js", "text/javascript; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
    ])
    func `the page's files have a strict policy and entity tags`(path: String, type: String) async throws {
        try await withService { client in
            let first = try await client.get(path)
            #expect(first.status == .ok)
            #expect(first.headers[.contentType] == type)
            #expect(first.headers[HTTPField.Name("X-Content-Type-Options")!] == "nosniff")
            #expect(first.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
            #expect(first.headers[.contentSecurityPolicy]?.contains("unsafe") == false)
            #expect(first.headers[.cacheControl] == "no-cache")
            let tag = try #require(first.headers[.eTag])
            let again = try await client.get(path, headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified)
            #expect(again.text.isEmpty)
            let head = try await client.executeRequest(uri: path, method: .head, headers: [:], body: nil)
            #expect(head.status == .ok)
            #expect(head.headers[.contentLength] == first.headers[.contentLength])
            #expect(head.text.isEmpty)
        }
    }

    @Test func `the page has nothing inline and nothing from other origins`() async throws {
        try await withService { client in
            let page = try await client.get("/").text
            #expect(!page.contains("<style"))
            #expect(!page.contains(" style="))
            #expect(!page.contains(" on" + "click="))
            #expect(page.contains("<script type=\"module\" src=\"app.js\"></script>"))
            for path in ["/", "/style.css", "/app.js"] {
                let text = try await client.get(path).text
                #expect(!text.contains("https://"), "\(path)")
            }
        }
    }
}
