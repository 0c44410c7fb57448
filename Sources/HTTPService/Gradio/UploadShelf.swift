import Foundation
import Synchronization

/// Keeps uploaded files in memory, within a budget of bytes and time: nothing is left behind on a disk.
final class UploadShelf: Sendable {
    private struct State {
        var book: ShelfBook
        var isSwept = false
    }

    private let state: Mutex<State>
    private static let pause = Duration.seconds(30)

    init(_ configuration: GradioConfiguration) {
        let limits = ShelfBook.Limits(
            bytes: configuration.uploadsLimit, life: configuration.uploadLife, unusedLife: configuration.unusedLife)
        state = Mutex(State(book: ShelfBook(limits: limits)))
    }

    /// Keeps a file under a new path. Errors: `shelfFull`.
    func add(_ bytes: [UInt8], name: String, mediaType: String, of client: String) throws(Refusal) -> ServedPath {
        let path = ServedPath(name: ServedPath.safeName(name))
        let file = ShelfFile(path: path, bytes: bytes, mediaType: mediaType, added: Date())
        let (isKept, isSwept) = state.withLock { state in
            let isKept = state.book.add(file, of: client, now: .now)
            defer { if isKept { state.isSwept = true } }
            return (isKept, state.isSwept)
        }
        guard isKept else { throw .shelfFull }
        if !isSwept { sweepWhileThereAreFiles() }
        return path
    }

    /// The file at a path; nil when it never was there or is no longer.
    func file(at path: ServedPath) -> ShelfFile? {
        state.withLock { $0.book.file(at: path, now: .now) }
    }

    private func sweepWhileThereAreFiles() {
        Task { [weak self] in
            repeat { try? await Task.sleep(for: Self.pause) } while self?.sweep() == true
        }
    }

    /// True if files are left.
    private func sweep() -> Bool {
        state.withLock { state in
            state.book.sweep(now: .now)
            state.isSwept = !state.book.isEmpty
            return state.isSwept
        }
    }
}
