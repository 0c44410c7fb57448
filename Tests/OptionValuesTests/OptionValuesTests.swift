import OptionValues
import Testing

@Suite struct OptionValuesTests {
    @Test(arguments: [
        ("0", 0), ("64MB", 64_000_000), ("512MiB", 536_870_912), ("1.5GB", 1_500_000_000), ("1k", 1_024), ("10kb", 10_000),
    ])
    func `byte counts are read`(text: String, bytes: Int) {
        #expect(ByteCount(argument: text)?.bytes == bytes)
    }

    @Test(arguments: ["", "MB", "1XB", "-1", "1e9999", "9999999GB"])
    func `other texts are no byte counts`(text: String) { #expect(ByteCount(argument: text) == nil) }

    @Test(arguments: [
        ("3s", 3.0), ("500ms", 0.5), ("1.5m", 90), ("1h", 3_600), ("2d", 172_800), ("7", 7), ("0s", 0),
    ])
    func `times are read`(text: String, seconds: Double) { #expect(TimeSpan(argument: text)?.seconds == seconds) }

    @Test(arguments: ["", "s", "-1s", "1w", "1 s", "400d"])
    func `other texts are no times`(text: String) { #expect(TimeSpan(argument: text) == nil) }

    @Test(arguments: [(3_600.0, "1h"), (120, "2m"), (90, "90s"), (0.25, "250ms")])
    func `times are described in the largest unit that fits`(seconds: Double, text: String) {
        #expect(TimeSpan(seconds: seconds).description == text)
    }

    @Test(arguments: [
        ("8089", "127.0.0.1", 8_089), ("0.0.0.0:80", "0.0.0.0", 80), ("[::1]:0", "::1", 0), ("localhost:1", "localhost", 1),
    ])
    func `listening addresses are read`(text: String, host: String, port: Int) {
        #expect(ListeningAddress(argument: text) == ListeningAddress(host: host, port: port))
    }

    @Test(arguments: ["", ":80", "host", "host:", "host:70000", "-1"])
    func `other texts are no listening addresses`(text: String) { #expect(ListeningAddress(argument: text) == nil) }

    @Test func `an IPv6 address has brackets in a URL`() {
        #expect(ListeningAddress(host: "::1", port: 0).url(port: 7_861) == "http://[::1]:7861")
    }

    @Test func `picture sizes are one side or two`() {
        #expect(PictureExtents(argument: "512") == PictureExtents(512))
        let size = PictureExtents(argument: "640X360")
        #expect(size?.width == 640 && size?.height == 360 && size?.isSingleSide == false)
        for text in ["", "x", "1x2x3", "0", "axb", "-5"] { #expect(PictureExtents(argument: text) == nil, "\(text)") }
    }
}
