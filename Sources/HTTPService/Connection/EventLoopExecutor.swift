import NIOCore

/// Runs a connection's tasks on the thread of its event loop.
///
/// Otherwise each part of a request and each part of the reply changes threads, which under load costs more than all the rest that the
/// service does about a request: every change wakes a thread, and finds the caches taken by the engine. What takes long must not
/// run here: it goes to threads of its own (`Offload`, the engine's pool).
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
