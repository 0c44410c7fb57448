import Foundation
import HTTPService
import Testing

/// Which uploads stay, tested by calling with times of our own.
@Suite struct ShelfBookTests {
    private static let start = ContinuousClock.now
    private var book = UploadIndex(limits: .init(bytes: 3 * 4_096, life: .seconds(3_600), unusedLifetime: .seconds(600)))

    private func file(_ name: String, bytes: Int = 1) -> UploadedFile {
        UploadedFile(
            path: GradioFilePath(name: name), bytes: [UInt8](repeating: 1, count: bytes), mediaType: "image/jpeg", added: Date())
    }

    private func time(_ seconds: Int) -> ContinuousClock.Instant { Self.start + .seconds(seconds) }

    @Test mutating func `a file is there for its time`() {
        let file = file("a")
        #expect(book.add(file, of: "x", now: time(0)) == true)
        #expect(book.file(at: file.path, now: time(3_599)) == file)
        #expect(book.file(at: file.path, now: time(3_600)) == nil)
        #expect(book.isEmpty)
    }

    @Test mutating func `files that were used make room first, the longest unused before the others`() {
        let files = ["a", "b", "c"].map { file($0) }
        for file in files { #expect(book.add(file, of: "x", now: time(0)) == true) }
        _ = book.file(at: files[1].path, now: time(1))
        _ = book.file(at: files[0].path, now: time(2))
        #expect(book.add(file("d"), of: "x", now: time(3)) == true)
        #expect(book.file(at: files[1].path, now: time(4)) == nil)
        #expect(book.file(at: files[0].path, now: time(4)) != nil)
        #expect(book.bytes == 3 * 4_096)
    }

    @Test mutating func `a client's own unused files are not pushed out by its next ones until their time is over`() {
        let first = file("a")
        #expect(book.add(first, of: "x", now: time(0)) == true)
        for name in ["b", "c"] { #expect(book.add(file(name), of: "x", now: time(1)) == true) }
        #expect(book.add(file("d"), of: "x", now: time(599)) == false)
        #expect(book.add(file("d"), of: "x", now: time(600)) == true)
        #expect(book.file(at: first.path, now: time(601)) == nil)
    }

    @Test mutating func `a client that holds everything makes room for another one`() {
        let first = file("a")
        #expect(book.add(first, of: "greedy", now: time(0)) == true)
        for name in ["b", "c"] { #expect(book.add(file(name), of: "greedy", now: time(1)) == true) }
        #expect(book.add(file("d"), of: "modest", now: time(2)) == true)
        #expect(book.file(at: first.path, now: time(3)) == nil)
    }

    @Test mutating func `a file larger than the uploads is refused, whatever is on it`() {
        #expect(book.add(file("a", bytes: 3 * 4_096 + 1), of: "x", now: time(0)) == false)
    }

    @Test mutating func `what is too old goes when the uploads is swept`() {
        #expect(book.add(file("a"), of: "x", now: time(0)) == true)
        #expect(book.add(file("b"), of: "x", now: time(10)) == true)
        book.sweep(now: time(3_600))
        #expect(book.bytes == 4_096)
    }
}
