#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Starts a detached system thread that runs `body` and ends with it. Signals go to other threads, and a closed pipe is an error of
/// `write` instead of the end of the process.
func startLogThread(_ body: @escaping @Sendable () -> Void) {
    let start = Unmanaged.passRetained(LogThreadStart(body: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    #if canImport(Darwin)
        var thread: pthread_t?
    #else
        var thread = pthread_t()
    #endif
    let result = pthread_create(&thread, &attributes, enterThread, start.toOpaque())
    precondition(result == 0, "the system refused a thread (error \(result)); raise the limit on processes (ulimit -u)")
    pthread_attr_destroy(&attributes)
}

private final class LogThreadStart: Sendable {
    let body: @Sendable () -> Void

    init(body: @escaping @Sendable () -> Void) { self.body = body }
}

#if canImport(Darwin)
    private func enterThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? { runThread(argument) }
#else
    private func enterThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? { argument.flatMap(runThread) }
#endif

private func runThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    var signals = sigset_t()
    sigfillset(&signals)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    Unmanaged<LogThreadStart>.fromOpaque(argument).takeRetainedValue().body()
    return nil
}
