import LoadGeneration
import NIOCore
import Testing

@Suite struct ResponseChecksTests {
    private func cause(_ body: String, _ path: String, _ rule: JSONCheck.Rule) throws -> String? {
        let checks = ResponseChecks(json: [JSONCheck(try JSONPath(path), rule)])
        guard case .failed(let failure) = checks.check(status: 200, body: ByteBuffer(string: body)) else { return nil }
        return failure.cause.name
    }

    @Test func `values are found at their paths`() throws {
        let body = #" { "a" : [ 1, {"b": "x\"y", "c": [[]]} , null ], "d": -1.5e3, "é\n": true, "b":"no" } "#
        #expect(try cause(body, "a[1].b", .equals("x\"y")) == nil)
        #expect(try cause(body, "$.d", .equals("-1.5e3")) == nil)
        #expect(try cause(body, "a[2]", .exists) == nil)
        #expect(try cause(body, "a[3]", .exists) == #"check "a[3] is missing""#)
        #expect(try cause(body, "a.b", .exists) == #"check "a.b is missing""#)
        #expect(try cause(body, "b", .equals("yes")) == #"check "b is not yes""#)
        #expect(try cause(#"{"\u00e9A":1}"#, "éA", .equals("1")) == nil)
        #expect(try cause(#"["\ud83d\ude00\/"]"#, "[0]", .equals("😀/")) == nil)
    }

    @Test func `empty values are distinguished from others`() throws {
        for empty in ["\"\"", "[]", "{}", "null", "[ \n ]"] {
            #expect(try cause("{\"v\":\(empty)}", "v", .isNotEmpty) == #"check "v is empty""#)
        }
        for full in ["\"x\"", "[0]", "{\"a\":1}", "0", "false"] { #expect(try cause("{\"v\":\(full)}", "v", .isNotEmpty) == nil) }
    }

    @Test func `strings and lists contain`() throws {
        #expect(try cause(#"{"v":"one two"}"#, "v", .contains("two")) == nil)
        #expect(try cause(#"{"v":["one",2]}"#, "v", .contains("2")) == nil)
        #expect(try cause(#"{"v":["one",2]}"#, "v", .contains("on")) == #"check "v has no on""#)
        #expect(try cause(#"{"v":{"on":1}}"#, "v", .contains("on")) == #"check "v has no on""#)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\" 1}", "{\"a\":1,}", "nul", "01x", "\"open", "{} {}", "[1 2]", "{a:1}", "'a'", "\"a\\\"",
        String(repeating: "[", count: 100_000), "-", "truefalse",
    ])
    func `a body that is not JSON fails`(_ body: String) throws {
        #expect(try cause(body, "a", .exists) == #"check "not JSON""#)
    }

    @Test(arguments: ["a..b", "a[", "a[x]", "[-1]", "a]b[0", "a[0]b", "."]) func `an invalid path is refused`(_ path: String) {
        #expect(throws: JSONPathError.self) { try JSONPath(path) }
    }

    @Test func `a truncated document is not JSON`() throws {
        let body = #"{"data":["data:image/png;base64,AAAA"],"duration":0.5,"ok":true}"#
        for length in 0..<body.utf8.count {
            #expect(try cause(String(body.prefix(length)), "data", .isNotEmpty) == #"check "not JSON""#)
        }
        #expect(try cause(body, "data", .isNotEmpty) == nil)
    }

    private func decode(_ body: String, mayDecode: Bool = true) throws -> [UInt8]? {
        let check = PictureCheck(place: .json(try JSONPath("data[0]")), decode: { PictureSize(width: $0.count, height: 1) })
        let result = ResponseChecks(picture: check).check(status: 200, body: ByteBuffer(string: body), mayDecode: mayDecode)
        guard case .decode(let picture) = result else { return nil }
        return picture.bytes
    }

    @Test func `base64 is read with and without a data URL, padding and backslashes`() throws {
        #expect(try decode(#"{"data":["data:image/png;base64,AQID"]}"#) == [1, 2, 3])
        #expect(try decode(#"{"data":["AQI="]}"#) == [1, 2])
        #expect(try decode(#"{"data":["AQ"]}"#) == [1])
        #expect(try decode(#"{"data":["data:image\/png;base64,\/\/8="]}"#) == [255, 255])
        #expect(try decode(#"{"data":["AQID"]}"#, mayDecode: false) == nil)
    }

    @Test(arguments: [
        (#"{"data":["A"]}"#, "picture damaged"), (#"{"data":["A*=="]}"#, "picture damaged"),
        (#"{"data":[""]}"#, "data[0] is empty"),
        (#"{"data":["data:image/png;base64,"]}"#, "data[0] is empty"), (#"{"data":[7]}"#, "data[0] is no picture"),
        (#"{"data":[]}"#, "data[0] is no picture"),
    ])
    func `a response without a picture fails`(_ body: String, _ cause: String) throws {
        let check = PictureCheck(place: .json(try JSONPath("data[0]")), decode: { _ in nil })
        guard case .failed(let failure) = ResponseChecks(picture: check).check(status: 200, body: ByteBuffer(string: body)) else {
            Issue.record("it passed")
            return
        }
        #expect(failure.cause == .check(cause))
    }

    @Test func `every length of base64 is read back`() throws {
        for length in 1..<50 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            let request = ServiceRequest(api: .gradio, pictures: [bytes]).template()
            let body = String(decoding: request.bodies[0].bytes, as: UTF8.self)
            #expect(try decode(body) == bytes)
        }
    }

    @Test func `a status outside the accepted range fails, and 202 is queued`() throws {
        let checks = ResponseChecks()
        for status in [200, 201, 204] {
            guard case .passed = checks.check(status: status, body: ByteBuffer()) else {
                Issue.record("\(status)")
                return
            }
        }
        guard case .queued = checks.check(status: 202, body: ByteBuffer()) else {
            Issue.record("202")
            return
        }
        guard case .failed(let failure) = checks.check(status: 404, body: ByteBuffer(string: "gone\u{1B}[31m")) else {
            Issue.record("404")
            return
        }
        #expect(failure.cause == .status(404) && !failure.detail.contains("\u{1B}"))
    }
}
