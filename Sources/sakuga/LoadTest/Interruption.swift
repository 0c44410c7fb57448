import Foundation
import LoadTesting
import Synchronization
import UnixSignals

/// Ctrl-C ends a test in good order: users stop, the report is written. A second one ends the program at once.
final class Interruption: Sendable {
    private let state = Mutex(false)
    private let listening = Mutex<Task<Void, Never>?>(nil)

    /// Listens from now on.
    init(_ test: LoadTest) {
        let task = Task { [weak self] in
            var count = 0
            for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
                count += 1
                guard count == 1 else { exit(130) }
                self?.state.withLock { $0 = true }
                ProgressLine.print("Stopping; the report follows. Once more ends at once.")
                await test.stop()
            }
        }
        listening.withLock { $0 = task }
    }

    /// Stops listening, and tells whether there was one.
    @discardableResult
    func end() -> Bool {
        listening.withLock { $0?.cancel() }
        return state.withLock { $0 }
    }
}
