import Foundation
import HTTPService
import Testing

/// Which uploads are kept.
@Suite struct UploadIndexTests {
    private static let start = ContinuousClock.now
    private var index = UploadIndex(limits: .init(bytes: 3 * 4_096, lifetime: .seconds(3_600), unusedLifetime: .seconds(600)))

    private func file(_ name: String, bytes: Int = 1) -> UploadedFile {
        UploadedFile(
            path: GradioFilePath(name: name), bytes: [UInt8](repeating: 1, count: bytes), mediaType: "image/jpeg", added: Date())
    }

    private func time(_ seconds: Int) -> ContinuousClock.Instant { Self.start + .seconds(seconds) }

    @Test mutating func `a file expires`() {
        let file = file("a")
        #expect(index.add(file, of: "x", now: time(0)) == true)
        #expect(index.file(at: file.path, now: time(3_599)) == file)
        #expect(index.file(at: file.path, now: time(3_600)) == nil)
        #expect(index.isEmpty)
    }

    @Test mutating func `used files are evicted first, the least recently used one before the others`() {
        let files = ["a", "b", "c"].map { file($0) }
        for file in files { #expect(index.add(file, of: "x", now: time(0)) == true) }
        _ = index.file(at: files[1].path, now: time(1))
        _ = index.file(at: files[0].path, now: time(2))
        #expect(index.add(file("d"), of: "x", now: time(3)) == true)
        #expect(index.file(at: files[1].path, now: time(4)) == nil)
        #expect(index.file(at: files[0].path, now: time(4)) != nil)
        #expect(index.bytes == 3 * 4_096)
    }

    @Test mutating func `a client's next files evict its unused ones only after their time`() {
        let first = file("a")
        #expect(index.add(first, of: "x", now: time(0)) == true)
        for name in ["b", "c"] { #expect(index.add(file(name), of: "x", now: time(1)) == true) }
        #expect(index.add(file("d"), of: "x", now: time(599)) == false)
        #expect(index.add(file("d"), of: "x", now: time(600)) == true)
        #expect(index.file(at: first.path, now: time(601)) == nil)
    }

    @Test mutating func `the client with the largest share makes room for another`() {
        let first = file("a")
        #expect(index.add(first, of: "greedy", now: time(0)) == true)
        for name in ["b", "c"] { #expect(index.add(file(name), of: "greedy", now: time(1)) == true) }
        #expect(index.add(file("d"), of: "modest", now: time(2)) == true)
        #expect(index.file(at: first.path, now: time(3)) == nil)
    }

    @Test mutating func `a file larger than the limit is rejected`() {
        #expect(index.add(file("a", bytes: 3 * 4_096 + 1), of: "x", now: time(0)) == false)
    }

    @Test mutating func `expired files are removed by a sweep`() {
        #expect(index.add(file("a"), of: "x", now: time(0)) == true)
        #expect(index.add(file("b"), of: "x", now: time(10)) == true)
        index.sweep(now: time(3_600))
        #expect(index.bytes == 4_096)
    }
}
