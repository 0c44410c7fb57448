import BlockingThreads
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct NamedThreadTests {
    /// Runs `body` on a new thread.
    private func onThread<Value: Sendable>(_ name: String, _ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            NamedThread.start(name) { continuation.resume(returning: body()) }
        }
    }

    @Test(arguments: [("compute", "compute"), ("a name that is too long", "a name that is ")])
    func `the system knows its name`(_ name: String, _ shown: String) async {
        #if os(Linux)
            let found = await onThread(name) {
                (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8))?.dropLast() ?? "unknown"
            }
            #expect(found == shown)
        #endif
    }

    @Test func `a closed pipe is an error of the write`() async {
        let result = await onThread("writer") {
            var ends: [CInt] = [0, 0]
            pipe(&ends)
            close(ends[0])
            let written = write(ends[1], "x", 1)
            let reason = errno
            close(ends[1])
            return (written, reason)
        }
        #expect(result == (-1, EPIPE))
    }

    @Test func `signals of the process go elsewhere, faults do not`() async {
        let blocked = await onThread("masked") {
            var signals = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &signals)
            return [SIGTERM, SIGINT, SIGUSR1, SIGSEGV, SIGBUS].map { sigismember(&signals, $0) == 1 }
        }
        #expect(blocked == [true, true, true, false, false])
    }
}
