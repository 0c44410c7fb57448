import Foundation
import Logging
import Telemetry
import Testing

@Suite struct LogFormatTests {
    private let time: Int64 = 1_769_850_900_250

    private func line(_ format: LogFormat, _ message: String, _ metadata: Logger.Metadata = [:]) -> String {
        String(
            decoding: format.line(
                for: LogRecord(time: time, level: .info, logger: "sakuga", message: message, metadata: metadata)), as: UTF8.self)
    }

    @Test func `a text line has time, level, logger, metadata and message`() {
        #expect(line(.text, "ready") == "2026-01-31T09:15:00.250Z info sakuga: ready\n")
        #expect(
            line(
                .text, "GET / 200",
                ["z": "last", "bytes": .stringConvertible(12), "span_id": "s", "request_id": "r", "trace_id": "t"])
                == "2026-01-31T09:15:00.250Z info sakuga request_id=r trace_id=t span_id=s bytes=12 z=last: GET / 200\n")
    }

    @Test func `a JSON line has the request's fields at the top level and the rest under metadata`() {
        #expect(
            line(
                .json, "GET \"/\"",
                ["request_id": "r", "bytes": .stringConvertible(12), "ok": .stringConvertible(true), "list": ["a", ["k": "v"]]])
                == #"{"time":"2026-01-31T09:15:00.250Z","level":"info","logger":"sakuga","message":"GET \"/\"","request_id":"r","#
                + #""metadata":{"bytes":12,"list":["a",{"k":"v"}],"ok":true}}"# + "\n")
    }

    @Test(arguments: LogFormat.allCases)
    func `nothing that a client sends breaks the line or reaches a terminal`(format: LogFormat) {
        let nasty = "a\nb\r\u{0}\u{7}\u{1b}[31m\u{7f}\u{85}\u{9b}\u{2028}\u{202e}\u{2066}é字👍"
        let line = line(format, nasty, ["request_id": .string(nasty), "key \n": .string(nasty), "list": [.string(nasty)]])
        #expect(line.hasSuffix("\n"))
        for scalar in line.dropLast().unicodeScalars {
            #expect(scalar.properties.generalCategory != .control)
            #expect(scalar.properties.generalCategory != .format)
            #expect(!CharacterSet.newlines.contains(scalar))
        }
        #expect(line.contains(#"a\nb\r\u0000\u0007\u001b[31m\u007f\u0085\u009b\u2028\u202e\u2066é字👍"#))
    }

    @Test func `JSON lines are parsed back unchanged`() throws {
        let nasty = "quote \" backslash \\ newline \n escape \u{1b} separator \u{2029} 👍"
        let text = line(
            .json, nasty, ["request_id": .string(nasty), "nested": ["deep": [.string(nasty), .stringConvertible(1.5)]]])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["message"] as? String == nasty)
        #expect(object["request_id"] as? String == nasty)
        let metadata = try #require(object["metadata"] as? [String: [String: [Any]]])
        #expect(metadata["nested"]?["deep"]?.first as? String == nasty)
        #expect(metadata["nested"]?["deep"]?.last as? Double == 1.5)
    }

    @Test func `a value cannot look like another field of a text line`() {
        #expect(line(.text, "m", ["agent": "x request_id=evil"]).contains(#" agent="x request_id=evil": m"#))
        #expect(line(.text, "m", ["agent": "x: done"]).contains(#" agent="x: done": m"#))
        #expect(line(.text, "m", ["agent": "x:"]).contains(#" agent="x:": m"#))
        #expect(line(.text, "m", ["agent": ""]).contains(#" agent="": m"#))
        #expect(line(.text, "m", ["peer": "127.0.0.1:80"]).contains(" peer=127.0.0.1:80: m"))
        #expect(line(.text, "m", ["list": ["a b", "c"]]).contains(#" list=["a b","c"]: m"#))
    }

    @Test(arguments: LogFormat.allCases)
    func `long texts are truncated, and excessive metadata is left out`(format: LogFormat) {
        let long = line(format, String(repeating: "é", count: 100_000))
        #expect(long.utf8.count < 5_000)
        #expect(long.contains("…"))
        let metadata = Dictionary(
            uniqueKeysWithValues: (0..<100).map {
                ("key\($0)", Logger.MetadataValue.string(String(repeating: "x", count: 1_000)))
            })
        let much = line(format, "m", metadata.merging(["request_id": "r"]) { old, _ in old })
        #expect(much.utf8.count < 300)
        #expect(much.contains("the metadata was too long and is left out"))
        #expect(much.contains("request_id"))
    }

    @Test func `times before 1970 and after leap days are right`() {
        for (time, text) in [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (1_709_164_800_007, "2024-02-29T00:00:00.007Z"),
        ] as [(Int64, String)] {
            let record = LogRecord(time: time, level: .error, logger: "l", message: "m")
            #expect(String(decoding: LogFormat.text.line(for: record), as: UTF8.self) == "\(text) error l: m\n")
        }
    }
}
