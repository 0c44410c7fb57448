import Foundation
import HTTPService
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobQueue
import NIOCore
import Serving
import Testing

@Suite struct `Open Inference Protocol` {
    private static let headLength = HTTPField.Name("Inference-Header-Content-Length")!

    private func request(_ input: String, _ more: String = "") -> String { #"{"inputs":[{\#(input)}]\#(more)}"# }

    private let picture = #""name":"image","shape":[1],"datatype":"BYTES","data":["AQID"]"#

    @Test func `a Base64 picture gets a Base64 picture`() async throws {
        let handler = RecordingHandler()
        try await withService(handler) { client in
            let more = #","id":"seven","parameters":{"size":256,"format":"png","quality":7,"fit":"cover"}"#
            let response = try await client.post("/v2/models/paprika/infer", request(picture, more))
            #expect(response.status == .ok)
            let reply = try response.object
            #expect(reply["id"] as? String == "seven")
            #expect(reply["model_name"] as? String == "paprika")
            let output = try #require((reply["outputs"] as? [[String: Any]])?.first)
            #expect(output["data"] as? [String] == [Data([3, 2, 1]).base64EncodedString()])
        }
        let job = try #require(handler.requests.first)
        #expect(job.style == "paprika" && job.size == 256 && job.format == .png && job.quality == 7 && job.fit == .cover)
    }

    @Test func `a picture after the JSON gets a picture after the JSON`() async throws {
        try await withService { client in
            let head = request(
                #""name":"image","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":7}"#,
                #","outputs":[{"name":"image","parameters":{"binary_data":true}}]"#)
            var body = ByteBuffer(string: head)
            body.writeInteger(UInt32(3), endianness: .little)
            body.writeBytes([1, 2, 3])
            let response = try await client.executeRequest(
                uri: "/v2/models/painted/infer", method: .post, headers: [Self.headLength: "\(head.utf8.count)"], body: body)
            #expect(response.status == .ok)
            let length = try #require(response.headers[Self.headLength].flatMap { Int($0) })
            var tail = response.body
            tail.moveReaderIndex(forwardBy: length)
            #expect(tail.readInteger(endianness: .little, as: UInt32.self) == 3)
            #expect(Array(tail.readableBytesView) == [3, 2, 1])
        }
    }

    @Test(arguments: [
        (#""name":"image","shape":[1],"datatype":"FP32","data":["AQID"]"#, "BYTES"),
        (#""name":"photo","shape":[1],"datatype":"BYTES","data":["AQID"]"#, "image"),
        (#""name":"image","shape":[2],"datatype":"BYTES","data":["AQID"]"#, "shape"),
        (#""name":"image","shape":"one","datatype":"BYTES","data":["AQID"]"#, "shape"),
        (#""name":"image","shape":[1],"datatype":"BYTES","data":[]"#, "list of one"),
        (#""name":"image","shape":[1],"datatype":"BYTES","data":[7]"#, "list of one"),
        (#""name":"image","shape":[1],"datatype":"BYTES","data":["A*ID"]"#, "Base64"),
        (#""name":"image","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":9}"#, "binary_data_size"),
        (#""name":"image","shape":[1"#, "not valid"),
    ])
    func `an error names the invalid input`(_ input: String, _ word: String) async throws {
        try await withService { client in
            let response = try await client.post("/v2/models/painted/infer", request(input))
            #expect(response.status == .badRequest)
            let message = try #require(try response.object["error"] as? String)
            #expect(message.contains(word), "\(message)")
        }
    }

    @Test(arguments: [#"{"inputs":[]}"#, #"{"inputs":7}"#, "[]", "", #"{"inputs":[1,2,3]}"#])
    func `a request without an input is rejected`(_ body: String) async throws {
        try await withService { client in
            let response = try await client.post("/v2/models/painted/infer", body)
            #expect(response.status == .badRequest)
            #expect(try response.object["error"] is String)
            try await client.expectStillServing()
        }
    }

    @Test func `a head length beyond the body is rejected`() async throws {
        try await withService { client in
            let response = try await client.post(
                "/v2/models/painted/infer", request(picture), headers: [Self.headLength: "5000"])
            #expect(response.status == .badRequest)
        }
    }

    @Test func `unknown models and versions are not found`() async throws {
        try await withService { client in
            let status1 = try await client.get("/v2/models/nobody").status
            #expect(status1 == .notFound)
            let status2 = try await client.get("/v2/models/painted/versions/1").status
            #expect(status2 == .ok)
            let status3 = try await client.get("/v2/models/painted/versions/2").status
            #expect(status3 == .notFound)
            let status4 = try await client.post("/v2/models/nobody/infer", request(picture)).status
            #expect(status4 == .notFound)
        }
    }

    @Test func `it is ready when the service is`() async throws {
        try await withService(readiness: Readiness()) { client in
            let status5 = try await client.get("/v2/health/live").status
            #expect(status5 == .ok)
            let status6 = try await client.get("/v2/health/ready").status
            #expect(status6 == .serviceUnavailable)
            let status7 = try await client.get("/v2/models/painted/ready").status
            #expect(status7 == .serviceUnavailable)
        }
    }
}
