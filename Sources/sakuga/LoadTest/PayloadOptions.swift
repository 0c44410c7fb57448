import ArgumentParser
import LoadGeneration
import LoadTesting

/// The flags about what is asked.
struct PayloadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A photo, a folder of photos, or a pattern; sent in turn. May be given several times. (default: a built-in sample)",
            valueName: "file"))
    var image: [String] = []

    @Option(
        help: "Which of the service's doors: gradio (/api/predict/), rest (/v1/stylize) or jobs (/v1/jobs). (default: gradio)")
    var api: ServiceAPI?

    @Flag(help: "Make each request's photo different, so that no cache can answer; the picture stays the same.")
    var unique = false

    @Option(help: "Shrink photos to this longer side before sending.")
    var maxSide: Int?

    @Option(help: "Encode photos as JPEG of this quality before sending, 1 to 100. (default: with --max-side 85)")
    var quality: Int?

    @Flag(help: "With --api rest or jobs: send a form with a file instead of the bare bytes.")
    var multipart = false

    @Option(help: "With --api rest or jobs: put after the path, such as 'size=256&format=webp'.")
    var query: String?

    @Option(help: "The size that every picture must have: 512x384, or 512 for the longer side. (default: any)")
    var expect: ExpectedSize?

    @Flag(help: "Follow a 202 until its job has ended; else it counts as queued.")
    var follow = false

    @Flag(help: "No photo: GET the address as it stands, with its path and query.")
    var get = false

    @Option(help: "No photo: ask the address with this method.")
    var method: String?

    @Option(help: ArgumentHelp("No photo: send this text, or with @ the file of that name.", valueName: "text|@file"))
    var body: String?

    @Option(help: ArgumentHelp("A header for every request, may be given several times.", valueName: "name: value"))
    var header: [HeaderValue] = []

    func validate() throws {
        if let maxSide, !(16...4096).contains(maxSide) { throw ValidationError("--max-side is 16 to 4096.") }
        if let quality, !(1...100).contains(quality) { throw ValidationError("--quality is 1 to 100.") }
        if let method, !HeaderText.isName(method) || method.count > 20 {
            throw ValidationError("--method is GET, POST and so on.")
        }
        if self.get, body != nil || method != nil {
            throw ValidationError("--get has no body and is its own method; leave --method and --body.")
        }
        if isPlain,
            !image.isEmpty || api != nil || unique || maxSide != nil || quality != nil || multipart || query != nil || follow
        {
            throw ValidationError(
                "--get, --method and --body ask an address without photos; leave --image, --api and what goes with them.")
        }
        if api ?? .gradio == .gradio, multipart || query != nil {
            throw ValidationError("--multipart and --query go with --api rest or jobs.")
        }
    }

    /// Whether an address is asked as it stands, without photos.
    var isPlain: Bool { self.get || method != nil || body != nil }

    var headers: [(name: String, value: String)] { header.map { ($0.name, $0.value) } }
}

extension ServiceAPI: ExpressibleByArgument {}

/// A header field as curl writes it: `Name: value`.
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

/// A picture's size that is expected: `512x384`, `512`.
struct ExpectedSize: ExpressibleByArgument {
    var expectation: PictureExpectation

    init?(argument: String) {
        let sides = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard (1...2).contains(sides.count), sides.allSatisfy({ (1...100_000).contains($0) }) else { return nil }
        expectation =
            sides.count == 1 ? .longerSide(sides[0]) : .size(PictureSize(width: sides[0], height: sides[1]))
    }
}
