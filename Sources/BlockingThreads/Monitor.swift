#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A value behind a mutex with a condition variable: threads can wait until the value has changed.
///
/// Use it between threads that may block. Tasks await a continuation instead, and where nobody waits `Synchronization.Mutex` is enough.
/// The mutex is POSIX's, because `Synchronization.Mutex` has no condition variable and ThreadSanitizer does not see it lock.
///
/// Invariant behind `@unchecked Sendable`: `value` is touched only between lock and unlock.
package final class Monitor<Value>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value

    /// The longest time that ``wait(atMost:until:)`` waits, in seconds.
    private static var longestWait: Double { 3_600 }

    /// Puts `value` behind a new mutex.
    package init(_ value: Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` with exclusive access to the value. It wakes nobody: call ``broadcast()`` or ``signal()`` after a change that
    /// others wait for.
    package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Blocks this thread until `body` returns a result. `body` runs with exclusive access, at once and after each wake-up.
    package func wait<Result>(until body: (inout Value) -> Result?) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) { return result }
            pthread_cond_wait(changed, mutex)
        }
    }

    /// Blocks this thread until `body` returns a result, for at most `seconds` (an hour at most); nil when the time is over.
    package func wait<Result>(atMost seconds: Double, until body: (inout Value) -> Result?) -> Result? {
        var deadline = Self.deadline(in: min(max(0, seconds), Self.longestWait))
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) { return result }
            if pthread_cond_timedwait(changed, mutex, &deadline) == ETIMEDOUT { return body(&value) }
        }
    }

    /// Wakes all waiting threads.
    package func broadcast() { pthread_cond_broadcast(changed) }

    /// Wakes one waiting thread: enough where all wait for the same and one of them can take it.
    package func signal() { pthread_cond_signal(changed) }

    private static func deadline(in seconds: Double) -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let whole = seconds.rounded(.down)
        let nanoseconds = Int(time.tv_nsec) + Int((seconds - whole) * 1e9)
        time.tv_sec += time_t(whole) + time_t(nanoseconds / 1_000_000_000)
        time.tv_nsec = nanoseconds % 1_000_000_000
        return time
    }
}
