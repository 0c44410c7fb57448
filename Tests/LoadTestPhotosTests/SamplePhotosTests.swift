import Foundation
import LoadGeneration
import LoadTestPhotos
import Testing

@Suite struct SamplePhotosTests {
    private static let photo = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Conformance/photo.jpg").path

    @Test func `without photos there is the built-in one`() throws {
        let photos = try SamplePhotos([], maxSide: nil, quality: nil)
        let photo = try #require(photos.photos.first)
        let size = try #require(SamplePhotos.size(of: photo))
        #expect(photos.photos.count == 1 && size.width == 640 && size.height == 480)
        #expect(!photos.isPrepared && photos.bytes == photos.originalBytes)
    }

    @Test func `a photo is sent as it is, or scaled down`() throws {
        let original = try SamplePhotos([Self.photo], maxSide: nil, quality: nil)
        #expect(original.photos[0] == [UInt8](try Data(contentsOf: URL(filePath: Self.photo))))
        let small = try SamplePhotos([Self.photo], maxSide: 64, quality: nil)
        let size = try #require(SamplePhotos.size(of: small.photos[0]))
        #expect(max(size.width, size.height) == 64 && small.isPrepared && small.bytes < small.originalBytes)
    }

    @Test func `a damaged or missing photo is reported by name`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "sakuga-half-\(UUID().uuidString).jpg")
        defer { try? FileManager.default.removeItem(at: path) }
        let photo = try Data(contentsOf: URL(filePath: Self.photo))
        try photo.prefix(photo.count / 2).write(to: path)
        for name in [path.path, "/nowhere/photo.jpg"] {
            let error = #expect(throws: UnusablePhoto.self) { try SamplePhotos([name], maxSide: nil, quality: nil) }
            #expect(error?.name == name)
        }
        #expect(SamplePhotos.size(of: Array(photo.prefix(100))) == nil)
    }
}
