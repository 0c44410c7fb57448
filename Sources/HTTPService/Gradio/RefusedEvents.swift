import JobQueue
import Synchronization

/// Calls that never became jobs because their photo was none: Gradio tells that when the result is asked for, not when the call is made.
final class RefusedEvents: Sendable {
    private struct State {
        var reasons: [String: String] = [:]
        var order: [String] = []
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int = 1_024) {
        self.limit = limit
    }

    /// Names a refusal. The oldest is forgotten when there are too many.
    func add(_ reason: String) -> String {
        let event = JobID().text
        state.withLock { state in
            if state.order.count >= limit { state.reasons[state.order.removeFirst()] = nil }
            state.order.append(event)
            state.reasons[event] = reason
        }
        return event
    }

    /// Why a call was refused; nil when it was not, or is forgotten.
    func reason(for event: String) -> String? {
        state.withLock { $0.reasons[event] }
    }
}
