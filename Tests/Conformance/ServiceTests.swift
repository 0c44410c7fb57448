import Foundation
import Testing

/// The service with its real model, over real HTTP.
@Suite(.timeLimit(.minutes(8))) struct ServiceTests {
    private func photo() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: Program.photo))) }

    @Test func `an old Gradio client gets its picture`() async throws {
        let server = try await Server(["--cache", "0"] + Server.longMaxWait)
        for path in ["/api/predict/", "/api/predict", "/run/predict"] {
            let answer = try await HTTP.post(server.base + path, HTTP.gradio(photo()), type: "application/json")
            #expect(answer.status == 200)
            let data = try #require((answer.object["data"] as? [String])?.first)
            #expect(data.hasPrefix("data:image/jpeg;base64,"))
            #expect(
                Data(base64Encoded: String(data.dropFirst("data:image/jpeg;base64,".count)))?.starts(with: [0xFF, 0xD8]) == true)
            #expect(answer.object["is_generating"] as? Bool == false)
            #expect((answer.object["duration"] as? Double ?? 0) > 0)
        }
    }

    @Test func `a raw body gets image bytes in the asked format with timings`() async throws {
        let server = try await Server(Server.longMaxWait)
        let answer = try await HTTP.post("\(server.base)/v1/stylize?format=png&size=128", photo(), type: "image/jpeg")
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "image/png")
        #expect(answer.body.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(answer.headers["server-timing"]?.contains("infer") == true)
    }

    /// Bodies that are no picture, each to be refused as the client's mistake with a sentence.
    static let badPictures: [(name: String, bytes: [UInt8])] = {
        let photo = (try? Data(contentsOf: URL(filePath: Program.photo))).map { [UInt8]($0) } ?? []
        // Signature and header of a PNG that claims 50000×50000, 60 bytes in all.
        let header: [UInt8] = [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0xC3, 0x50, 0, 0, 0xC3,
            0x50, 8, 2,
            0, 0, 0,
        ]
        return [
            ("text named .jpg", Array("this is not a photo".utf8)),
            ("a zip named .jpg", [0x50, 0x4B, 3, 4] + [UInt8](repeating: 7, count: 500)),
            ("a truncated JPEG", Array(photo.prefix(photo.count / 2))),
            ("a PNG header of 50000×50000", header + [UInt8](repeating: 0, count: 60 - header.count)), ("0 bytes", []),
            ("SVG", Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8)),
        ]
    }()

    @Test func `what is no picture is refused with a sentence, and memory stays`() async throws {
        let server = try await Server(Server.longMaxWait)
        for _ in 0..<3 { #expect(try await HTTP.post("\(server.base)/v1/stylize", photo()).status == 200) }
        let before = try server.residentMemory
        for round in 0..<20 {
            for (name, bytes) in Self.badPictures {
                let raw = try await HTTP.post("\(server.base)/v1/stylize", bytes)
                #expect((400..<500).contains(raw.status), "\(name): \(raw.status)")
                let gradio = try await HTTP.post("\(server.base)/api/predict/", HTTP.gradio(bytes), type: "application/json")
                #expect((400..<500).contains(gradio.status), "\(name): \(gradio.status)")
                if round > 0 { continue }
                #expect(raw.headers["content-type"]?.hasPrefix("application/problem+json") == true, "\(name)")
                #expect((raw.object["detail"] as? String ?? "").count > 15, "\(name): \(raw.text)")
                #expect((gradio.object["error"] as? String ?? "").count > 15, "\(name): \(gradio.text)")
            }
        }
        #expect(try await HTTP.post("\(server.base)/v1/stylize", photo()).status == 200)
        #expect(try server.residentMemory < before + 48 << 20)
    }

    @Test(arguments: ["size=0", "size=-1", "size=1000000", "size=many", "style=unknown", "format=bmp", "fit=squeeze"])
    func `a parameter out of range is refused`(_ query: String) async throws {
        let server = try await Server(Server.longMaxWait)
        let answer = try await HTTP.post("\(server.base)/v1/stylize?\(query)", photo())
        #expect((400..<500).contains(answer.status))
        #expect((answer.object["detail"] as? String ?? "").count > 15, "\(answer.text)")
    }

    @Test func `SIGTERM lets the request in hand finish`() async throws {
        let server = try await Server(Server.longMaxWait)
        let picture = try photo()
        async let answer = HTTP.post("\(server.base)/v1/stylize?fit=cover&size=1024", picture)
        // The request is in hand once it runs, which it does for about a second of two cores; or it is over, if this test was kept waiting.
        while true {
            let metrics = try await HTTP.get("\(server.base)/metrics").text
            if metrics.contains("\nsakuga_running_jobs 1\n") || metrics.contains("route=\"/v1/stylize\"") { break }
        }
        async let status = server.stop()
        #expect(try await answer.status == 200)
        #expect(await status == 0)
    }
}
