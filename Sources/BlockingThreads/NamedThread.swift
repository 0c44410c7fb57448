#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A system thread of its own, for work that blocks for as long as it likes.
///
/// Signals sent to the process go to other threads, and writing to a closed pipe or socket is an error (`EPIPE`) instead of the end of
/// the process. A child process that is started from such a thread inherits this mask.
package enum NamedThread {
    /// Starts a detached thread that runs `body` and ends with it. The process ends when the system refuses a thread.
    /// - Parameters:
    ///   - name: what debuggers and `top -H` show; Linux cuts it after 15 bytes.
    ///   - stackBytes: the size of its stack. Image codecs and recursive parsers need more than the half megabyte that some systems give.
    package static func start(_ name: String, stackBytes: Int = 2 << 20, _ body: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackBytes)
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let result = pthread_create(&thread, &attributes, enterThread, start.toOpaque())
        precondition(result == 0, "the system refused a thread (error \(result)); raise the limit on processes (ulimit -u)")
        pthread_attr_destroy(&attributes)
    }
}

private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

#if canImport(Darwin)
    private func enterThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? { runThread(argument) }
#else
    private func enterThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? { argument.flatMap(runThread) }
#endif

private func runThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    setThreadName(start.name)
    blockSignals()
    start.body()
    return nil
}

private func setThreadName(_ name: String) {
    #if canImport(Darwin)
        pthread_setname_np(name)
    #else
        // Swift's module of the C library lacks `pthread_setname_np`, and this is how it sets the name of another thread. Without /proc the
        // thread keeps the process's name.
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        let bytes = Array(name.utf8)
        _ = write(file, bytes, bytes.count)
        close(file)
    #endif
}

/// Faults of this thread's own code stay open: a crash handler must see them.
private func blockSignals() {
    var signals = sigset_t()
    sigfillset(&signals)
    for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS] { sigdelset(&signals, fault) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
}
