import Foundation
import Imaging
package import LoadGeneration
import Stylizer

/// The photos that a load test sends, read, checked and prepared once.
package struct SamplePhotos: Sendable {
    /// The limit for all photos together in bytes: they stay in memory.
    static let maximumBytes = 512_000_000
    /// The limit for the number of photos.
    static let maximumPhotos = 2_000

    /// The encoded photos, as they are sent.
    package private(set) var photos: [[UInt8]] = []
    /// The size of the original files in bytes.
    package private(set) var originalBytes = 0
    /// Whether the photos were scaled down or encoded again.
    package let isPrepared: Bool

    /// The size of the photos as they are sent, in bytes.
    package var bytes: Int { photos.reduce(0) { $0 + $1.count } }

    /// Reads and prepares the photos. Blocks; not for the cooperative pool.
    /// - Parameters:
    ///   - entries: files, folders and patterns; none for the built-in sample.
    ///   - maxSide: the longer side in pixels to scale down to; nil to keep the size.
    ///   - quality: the JPEG quality, 1 to 100; nil for 85 with `maxSide`.
    /// - Throws: ``UnusablePhoto`` for the first photo that can't be used.
    package init(_ entries: [String], maxSide: Int?, quality: Int?) throws {
        isPrepared = maxSide != nil || quality != nil
        guard !entries.isEmpty else {
            try add(SamplePicture.jpeg(), name: "the built-in sample", maxSide, quality)
            return
        }
        let selection = PhotoSelection(entries)
        if let problem = selection.problems.first { throw UnusablePhoto(name: problem.entry, reason: problem.reason) }
        guard selection.photos.count <= Self.maximumPhotos else {
            throw UnusablePhoto(
                name: entries.joined(separator: ", "),
                reason: "There are \(selection.photos.count) photos; the limit is \(Self.maximumPhotos).")
        }
        for path in selection.photos { try add(Self.read(path), name: path, maxSide, quality) }
        guard !photos.isEmpty else { throw UnusablePhoto(name: entries.joined(separator: ", "), reason: "There are no photos.") }
    }

    private mutating func add(_ original: [UInt8], name: String, _ maxSide: Int?, _ quality: Int?) throws(UnusablePhoto) {
        do throws(ImagingError) {
            photos.append(try Self.prepared(original, maxSide, quality))
        } catch {
            throw UnusablePhoto(name: name, reason: "\(error)")
        }
        originalBytes += original.count
        guard bytes <= Self.maximumBytes else {
            throw UnusablePhoto(
                name: name,
                reason: "The photos exceed \(Self.maximumBytes / 1_000_000) MB; use fewer photos or --max-side.")
        }
    }

    /// Decodes every photo, so that a damaged one is reported before the test.
    private static func prepared(_ original: [UInt8], _ maxSide: Int?, _ quality: Int?) throws(ImagingError) -> [UInt8] {
        let limits = ImageLimits()
        let picture = try ImageCodec.decode(original, fit: .contain(maxSide ?? limits.maximumSide), limits: limits)
        guard maxSide != nil || quality != nil else { return original }
        return try ImageCodec.encode(picture, as: .jpeg, quality: quality ?? 85)
    }

    private static func read(_ path: String) throws(UnusablePhoto) -> [UInt8] {
        let limit = ImageLimits().maximumBytes
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            return Array(try file.read(upToCount: limit + 1) ?? Data())
        } catch {
            throw UnusablePhoto(name: path, reason: "The file cannot be read.")
        }
    }

    /// The size of an encoded picture that can be decoded completely; nil for others. This is how pictures in responses are checked.
    package static func size(of encoded: [UInt8]) -> PictureSize? {
        guard let picture = try? ImageCodec.decode(encoded, fit: .contain(ImageLimits().maximumSide)) else { return nil }
        return PictureSize(width: picture.width, height: picture.height)
    }
}

/// A photo that can't be used, and why.
package struct UnusablePhoto: Error, CustomStringConvertible {
    /// The file, or what was given instead.
    package let name: String
    /// A sentence.
    package let reason: String

    package var description: String { "\(name): \(reason)" }
}
