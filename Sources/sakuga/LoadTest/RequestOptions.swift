import ArgumentParser
import LoadGeneration
import LoadTesting
import OptionValues

/// The options about the requests.
struct PayloadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Photo, folder of photos, or pattern; photos are sent in turn. May be given several times. (default: a built-in photo)",
            valueName: "file"))
    var image: [String] = []

    @Option(
        help: "API of the service: gradio (/api/predict/), rest (/v1/stylize) or jobs (/v1/jobs). (default: gradio)")
    var api: ServiceAPI?

    @Flag(help: "Make each request's photo unique, so that no cache can answer; the pixels stay the same.")
    var unique = false

    @Option(help: "Scale photos down to this longer side before sending.")
    var maxSide: Int?

    @Option(help: "Encode photos as JPEG of this quality before sending, 1 to 100. (default: with --max-side 85)")
    var quality: Int?

    @Flag(help: "With --api rest or jobs: send a form with a file instead of the bytes alone.")
    var multipart = false

    @Option(help: "With --api rest or jobs: query string, such as 'size=256&format=webp'.")
    var query: String?

    @Option(help: "Required size of every picture: 512x384, or 512 for the longer side. (default: any)")
    var expect: PictureExtents?

    @Flag(help: "Follow a 202 until its job has ended; otherwise it counts as queued.")
    var follow = false

    @Flag(help: "Without photos: GET the URL as it is, with its path and query.")
    var get = false

    @Option(help: "Without photos: request the URL with this method.")
    var method: String?

    @Option(help: ArgumentHelp("Without photos: send this text, or with @ this file.", valueName: "text|@file"))
    var body: String?

    @Option(help: ArgumentHelp("Header of every request; may be given several times.", valueName: "name: value"))
    var header: [HeaderValue] = []

    func validate() throws {
        if let maxSide, !(16...4096).contains(maxSide) { throw ValidationError("--max-side must be 16 to 4096.") }
        if let quality, !(1...100).contains(quality) { throw ValidationError("--quality must be 1 to 100.") }
        if let method, !HeaderText.isName(method) || method.count > 20 {
            throw ValidationError("--method must be an HTTP method, such as GET or POST.")
        }
        if self.get, body != nil || method != nil {
            throw ValidationError("--get excludes --method and --body.")
        }
        if isPlain,
            !image.isEmpty || api != nil || unique || maxSide != nil || quality != nil || multipart || query != nil || follow
        {
            throw ValidationError(
                "--get, --method and --body send no photos; they exclude --image, --api and the options of these.")
        }
        if api ?? .gradio == .gradio, multipart || query != nil {
            throw ValidationError("--multipart and --query require --api rest or jobs.")
        }
    }

    /// Whether the URL is requested as it is, without photos.
    var isPlain: Bool { self.get || method != nil || body != nil }

    var headers: [(name: String, value: String)] { header.map { ($0.name, $0.value) } }

    /// What `--expect` requires of every picture; nil without it.
    var expectation: PictureExpectation? {
        expect.map {
            $0.isSingleSide ? .longerSide($0.width) : .size(PictureSize(width: $0.width, height: $0.height))
        }
    }
}

extension ServiceAPI: ExpressibleByArgument {}

/// A header field as in curl: `Name: value`.
struct HeaderValue: ExpressibleByArgument {
    var name: String
    var value: String

    init?(argument: String) {
        guard let colon = argument.firstIndex(of: ":") else { return nil }
        name = String(argument[..<colon])
        value = String(argument[argument.index(after: colon)...].trimmingPrefix { $0 == " " })
        guard HeaderText.isName(name), HeaderText.isValue(value) else { return nil }
    }
}

/// The options about connections to the target.
struct ConnectionOptions: ParsableArguments {
    @Flag(name: .customLong("http2"), help: "Use HTTP/2 (over TLS, or without TLS by prior knowledge) instead of HTTP/1.1.")
    var http2 = false

    @Flag(inversion: .prefixedNo, help: "Reuse connections.")
    var keepAlive = true

    @Flag(help: "Accept any certificate.")
    var insecure = false

    @Option(help: ArgumentHelp("Trust the certificates of this PEM file instead of the system's.", valueName: "file"))
    var ca: String?

    @Option(help: "Time limit for establishing a connection.")
    var connectTimeout = TimeSpan(seconds: ConnectionSettings().connectTimeout / .seconds(1))

    @Option(help: "Time limit for a complete response; a later one counts as failed.")
    var timeout = TimeSpan(seconds: ConnectionSettings().requestTimeout / .seconds(1))

    @Option(help: "Size limit of a response; a larger one counts as failed.")
    var maxAnswer = ByteCount(ConnectionSettings().maximumResponseBytes)

    func validate() throws {
        if insecure, ca != nil { throw ValidationError("--insecure and --ca exclude each other.") }
        guard timeout.seconds > 0, connectTimeout.seconds > 0 else {
            throw ValidationError("--timeout and --connect-timeout must be above 0.")
        }
        guard (1...1_000_000_000).contains(maxAnswer.bytes) else {
            throw ValidationError("--max-answer must be 1 byte to 1GB.")
        }
    }

    var chosen: ConnectionSettings {
        var chosen = ConnectionSettings()
        chosen.version = http2 ? .http2 : .http1
        chosen.keepAlive = keepAlive
        chosen.trust = insecure ? .anything : ca.map { .file($0) } ?? .system
        chosen.connectTimeout = connectTimeout.duration
        chosen.requestTimeout = timeout.duration
        chosen.maximumResponseBytes = maxAnswer.bytes
        return chosen
    }
}
