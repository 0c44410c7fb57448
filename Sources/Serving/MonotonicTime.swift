/// Time that never jumps, as the scheduler needs it; a test hands in one that it moves by hand.
package struct MonotonicTime: Sendable {
    /// The time now.
    package var now: @Sendable () -> ContinuousClock.Instant
    /// Returns at that time, or when the task is cancelled.
    package var sleep: @Sendable (_ until: ContinuousClock.Instant) async -> Void

    /// Makes a time.
    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (_ until: ContinuousClock.Instant) async -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's.
    package static let system = MonotonicTime(
        now: { .now }, sleep: { try? await Task.sleep(until: $0, clock: .continuous) })
}
