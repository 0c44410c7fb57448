import Dispatch

/// Holds pool threads until opened.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    /// Blocks the calling thread until the gate is open.
    func wait() {
        semaphore.wait()
        semaphore.signal()
    }
}
