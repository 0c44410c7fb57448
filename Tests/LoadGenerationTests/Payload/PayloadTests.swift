import LoadGeneration
import Testing

@Suite struct PayloadTests {
    private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xD9]
    private static let png: [UInt8] =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8)
        + [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55] + [0, 0, 0, 0] + Array("IEND".utf8) + [
            0xAE, 0x42, 0x60, 0x82,
        ]

    /// The body as it is sent for request `number`.
    private func patched(_ body: RequestBody, _ number: UInt64) -> [UInt8] {
        var bytes = body.bytes
        for patch in body.patches {
            bytes.withUnsafeMutableBufferPointer { room in
                patch.write(number, into: UnsafeMutableBufferPointer(rebasing: room[patch.offset...]))
            }
        }
        return bytes
    }

    /// The chunks of a PNG whose checksums are right; nil if one is wrong or the file is cut off.
    private func chunks(_ png: [UInt8]) -> [String]? {
        var at = 8
        var names: [String] = []
        while at + 12 <= png.count {
            let length = png[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
            guard at + 12 + length <= png.count else { return nil }
            var crc: UInt32 = 0xFFFF_FFFF
            for byte in png[(at + 4)..<(at + 8 + length)] {
                crc ^= UInt32(byte)
                for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
            }
            guard png[(at + 8 + length)..<(at + 12 + length)].reduce(0, { $0 << 8 | UInt32($1) }) == ~crc else { return nil }
            names.append(String(decoding: png[(at + 4)..<(at + 8)], as: UTF8.self))
            at += 12 + length
        }
        return at == png.count ? names : nil
    }

    @Test func `a JPEG is marked by a comment after its start marker`() {
        var request = ServiceRequest(api: .rest, pictures: [Self.jpeg])
        request.unique = true
        let body = request.template().bodies[0]
        #expect(patched(body, 0x2A) == [0xFF, 0xD8, 0xFF, 0xFE, 0, 20] + Array("00000000000000002a".utf8) + Self.jpeg[2...])
    }

    @Test(arguments: [0, 1, 0xABCDEF]) func `a PNG is marked by a chunk with a valid checksum`(_ number: UInt64) {
        #expect(chunks(Self.png) == ["IHDR", "IEND"])
        var request = ServiceRequest(api: .rest, pictures: [Self.png])
        request.unique = true
        #expect(chunks(patched(request.template().bodies[0], number)) == ["IHDR", "tEXt", "IEND"])
    }

    @Test func `other pictures are marked after their end`() {
        for length in 5..<9 {
            let picture = Array("RIFF".utf8) + [UInt8](repeating: 1, count: length)
            let marked = MarkedPicture(picture)
            #expect(marked.bytes.starts(with: picture) && marked.patch.offset % 3 == 0)
        }
    }

    @Test(arguments: [jpeg, png, Array("RIFF1234WEBP".utf8)]) func `base64 of a marked picture is the marked picture in base64`(
        _ picture: [UInt8]
    ) throws {
        var rest = ServiceRequest(api: .rest, pictures: [picture])
        rest.unique = true
        var gradio = ServiceRequest(api: .gradio, pictures: [picture])
        gradio.unique = true
        for number: UInt64 in [1, 0xFFFF_FFFF_FFFF] {
            let raw = patched(rest.template().bodies[0], number)
            let plain = ServiceRequest(api: .gradio, pictures: [raw]).template().bodies[0].bytes
            #expect(patched(gradio.template().bodies[0], number) == plain)
        }
    }

    @Test func `requests for the service's three APIs are as documented`() throws {
        let gradio = ServiceRequest(api: .gradio, pictures: [Self.jpeg]).template()
        #expect(gradio.path == "/api/predict/" && gradio.method == "POST" && gradio.bodies[0].patches.isEmpty)
        #expect(
            String(decoding: gradio.bodies[0].bytes, as: UTF8.self) == #"{"data": ["data:image/jpeg;base64,/9j/4AAEAQL/2Q=="]}"#)
        var rest = ServiceRequest(api: .rest, pictures: [Self.png])
        rest.query = "size=256"
        #expect(rest.template().path == "/v1/stylize?size=256" && rest.template().name == "/v1/stylize")
        #expect(rest.template().headers[0] == ("Content-Type", "image/png") && rest.template().bodies[0].bytes == Self.png)
        var jobs = ServiceRequest(api: .jobs, pictures: [Self.png, Self.jpeg])
        jobs.multipart = true
        let form = String(decoding: jobs.template().bodies[1].bytes, as: UTF8.self)
        let boundary = try #require(jobs.template().headers[0].value.split(separator: "=").last)
        #expect(form.hasPrefix("--\(boundary)\r\nContent-Disposition: form-data; name=\"image\"; filename=\"photo.jpg\"\r\n"))
        #expect(form.hasSuffix("\r\n--\(boundary)--\r\n"))
        for request in [gradio, rest.template(), jobs.template()] { try request.verify() }
    }
}
