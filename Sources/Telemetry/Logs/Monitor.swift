#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A value behind a lock that threads can wait at, which `Synchronization.Mutex` does not offer.
///
/// Invariant behind `@unchecked Sendable`: `value` is touched only between lock and unlock.
final class Monitor<Value>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value

    init(_ value: Value) {
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

    func withLock<R>(_ body: (inout Value) -> R) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }

    /// Waits until `body` returns something.
    func wait<R>(until body: (inout Value) -> R?) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) { return result }
            pthread_cond_wait(changed, mutex)
        }
    }

    /// Waits until `body` returns something, at most `seconds`; nil when the time is over.
    func wait<R>(atMost seconds: Double, until body: (inout Value) -> R?) -> R? {
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        let whole = min(max(0, seconds), 3_600).rounded(.down)
        let nanoseconds = Int(end.tv_nsec) + Int((min(max(0, seconds), 3_600) - whole) * 1e9)
        end.tv_sec += time_t(whole) + time_t(nanoseconds / 1_000_000_000)
        end.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) { return result }
            if pthread_cond_timedwait(changed, mutex, &end) == ETIMEDOUT { return body(&value) }
        }
    }

    /// Wakes every waiter to look again.
    func broadcast() { pthread_cond_broadcast(changed) }
}
