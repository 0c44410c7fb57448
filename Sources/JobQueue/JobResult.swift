/// How long one stage of a job took.
package struct StageTiming: Sendable, Equatable, Codable {
    /// A short name of letters and underscores (it becomes a `Server-Timing` metric): `decode`, `run`, `queue`, …
    package var name: String
    /// Wall-clock seconds.
    package var seconds: Double

    /// Makes a timing of `seconds` for the stage `name`.
    package init(name: String, seconds: Double) {
        self.name = name
        self.seconds = seconds
    }
}

/// The finished picture and what it took to make.
package struct JobResult: Sendable, Equatable {
    /// The encoded picture.
    package var bytes: [UInt8]
    /// Its media type, such as `image/jpeg`.
    package var mediaType: String
    /// Its width in pixels.
    package var width: Int
    /// Its height in pixels.
    package var height: Int
    /// The stages in the order in which they ran.
    package var timings: [StageTiming]

    /// Makes a result.
    package init(bytes: [UInt8], mediaType: String, width: Int, height: Int, timings: [StageTiming]) {
        self.bytes = bytes
        self.mediaType = mediaType
        self.width = width
        self.height = height
        self.timings = timings
    }
}
