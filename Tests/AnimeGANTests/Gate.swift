import Foundation

/// Holds pool threads until opened.
final class Gate: Sendable {
    private let condition = NSConditionLock(condition: 0)

    func open() {
        condition.lock()
        condition.unlock(withCondition: 1)
    }

    /// Blocks the calling thread until the gate is open.
    func wait() {
        condition.lock(whenCondition: 1)
        condition.unlock()
    }
}
