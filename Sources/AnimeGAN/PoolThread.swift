import CKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Starts a detached system thread that runs `body` and ends with it.
func startThread(_ body: @escaping @Sendable () -> Void) {
    let start = Unmanaged.passRetained(ThreadStart(body: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // Transforms keep whole tiles on the stack, image codecs more; the default of some systems is half a megabyte.
    pthread_attr_setstacksize(&attributes, 2 << 20)
    #if canImport(Darwin)
        var thread: pthread_t?
    #else
        var thread = pthread_t()
    #endif
    let result = pthread_create(&thread, &attributes, enterThread, start.toOpaque())
    precondition(result == 0, "the system refused a thread (error \(result)); raise the limit on processes (ulimit -u)")
    pthread_attr_destroy(&attributes)
}

private final class ThreadStart: Sendable {
    let body: @Sendable () -> Void

    init(body: @escaping @Sendable () -> Void) { self.body = body }
}

#if canImport(Darwin)
    private func enterThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? { runThread(argument) }
#else
    private func enterThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? { argument.flatMap(runThread) }
#endif

/// As long as a layer or two of a common picture, in nanoseconds. Where more processes compute than there are cores, four
/// workers on two cores made 3 to 4% more pictures than with the system's own 1.4 milliseconds (docs/engine.md).
private let timeSlice: Int64 = 40_000_000

private func runThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    _ = sk_ask_for_time_slice(timeSlice)  // a wish: without it everything works the same
    Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
    return nil
}
