import Foundation

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

/// The finished picture and how long its stages took.
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

// The picture is encoded as `Data`: an array of bytes would become a list of numbers.
extension JobResult: Codable {
    private enum CodingKeys: String, CodingKey {
        case bytes, mediaType, width, height, timings
    }

    /// Decodes it.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        bytes = [UInt8](try container.decode(Data.self, forKey: .bytes))
        mediaType = try container.decode(String.self, forKey: .mediaType)
        width = try container.decode(Int.self, forKey: .width)
        height = try container.decode(Int.self, forKey: .height)
        timings = try container.decode([StageTiming].self, forKey: .timings)
    }

    /// Encodes it.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Data(bytes), forKey: .bytes)
        try container.encode(mediaType, forKey: .mediaType)
        try container.encode(width, forKey: .width)
        try container.encode(height, forKey: .height)
        try container.encode(timings, forKey: .timings)
    }
}
