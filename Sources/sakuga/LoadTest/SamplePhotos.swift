import Foundation
import Imaging
import LoadGeneration
import Stylizer

/// The photos that a test sends, read and prepared once. Blocks; not for the cooperative pool.
struct SamplePhotos: Sendable {
    /// Bytes of all photos together: they stay in memory.
    static let maximumBytes = 512_000_000
    /// Photos that are sent in turn.
    static let mostPhotos = 2_000

    /// Encoded, as they are sent.
    private(set) var photos: [[UInt8]] = []
    /// Bytes of the files as they were.
    private(set) var originalBytes = 0
    /// Whether any was shrunk or encoded anew.
    let isPrepared: Bool

    /// Bytes as they are sent.
    var bytes: Int { photos.reduce(0) { $0 + $1.count } }

    /// Reads files, folders and patterns; without any it is the built-in sample. `maxSide` and `quality` as the flags have them.
    init(_ entries: [String], maxSide: Int?, quality: Int?) throws {
        isPrepared = maxSide != nil || quality != nil
        guard !entries.isEmpty else {
            try add(SamplePicture.jpeg(), name: "the built-in sample", maxSide, quality)
            return
        }
        let selection = PhotoSelection(entries)
        if let problem = selection.problems.first { throw UnusableFile(name: problem.entry, reason: problem.reason) }
        guard selection.photos.count <= Self.mostPhotos else {
            throw UnusableFile(
                name: entries.joined(separator: ", "),
                reason: "\(selection.photos.count) photos are more than \(Self.mostPhotos).")
        }
        for path in selection.photos { try add(Self.read(path), name: path, maxSide, quality) }
        guard !photos.isEmpty else { throw UnusableFile(name: entries.joined(separator: ", "), reason: "There is no photo.") }
    }

    private mutating func add(_ original: [UInt8], name: String, _ maxSide: Int?, _ quality: Int?) throws(UnusableFile) {
        do throws(ImagingError) {
            photos.append(try Self.prepared(original, maxSide, quality))
        } catch {
            throw UnusableFile(name: name, reason: "\(error)")
        }
        originalBytes += original.count
        guard bytes <= Self.maximumBytes else {
            throw UnusableFile(
                name: name,
                reason: "With it the photos are more than \(Self.maximumBytes / 1_000_000) MB; give fewer, or --max-side.")
        }
    }

    /// Every photo is decoded, so that a damaged one is told before the test and not by the service.
    private static func prepared(_ original: [UInt8], _ maxSide: Int?, _ quality: Int?) throws(ImagingError) -> [UInt8] {
        let limits = ImageLimits()
        let picture = try ImageCodec.decode(original, fit: .contain(maxSide ?? limits.maximumSide), limits: limits)
        guard maxSide != nil || quality != nil else { return original }
        return try ImageCodec.encode(picture, as: .jpeg, quality: quality ?? 85)
    }

    private static func read(_ path: String) throws(UnusableFile) -> [UInt8] {
        let limit = ImageLimits().maximumBytes
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            return Array(try file.read(upToCount: limit + 1) ?? Data())
        } catch {
            throw UnusableFile(name: path, reason: "It can't be read.")
        }
    }

    /// What pictures in answers are judged by: the size of a picture that can be decoded to its end.
    static func size(of encoded: [UInt8]) -> PictureSize? {
        guard let picture = try? ImageCodec.decode(encoded, fit: .contain(ImageLimits().maximumSide)) else { return nil }
        return PictureSize(width: picture.width, height: picture.height)
    }
}
