import Foundation
import JobQueue
import JobQueueSocket
import Logging

extension StoreUnderTest {
    /// A memory store behind the socket of a worker pool. Workers die and come back; the supervisor, which has the store, lives on.
    static let socket = StoreUnderTest(name: "socket") { limits in
        let folder = try JobFolder()
        let clock = ManualClock(), waiting = EventCounter()
        let store = MemoryJobStore(limits: limits, clock: clock.jobClock, onWait: waiting.record)
        let (listening, began) = AsyncThrowingStream<Void, any Error>.makeStream()
        let server = JobQueueServer(
            store: store, path: folder.path("store"), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: { began.finish() })
        let running = Task {
            do { try await server.run() } catch { began.finish(throwing: error) }
        }
        for try await _ in listening {}
        let others = Mutexed<[PooledJobStore]>([])
        return OpenStore(
            store: PooledJobStore(path: folder.path("store")), now: { clock.now }, advance: { clock.advance(by: $0) },
            waiting: waiting,
            restart: {
                let other = PooledJobStore(path: folder.path("store"))
                others.change { $0.append(other) }
                return other
            },
            cleanUp: {
                for other in others.value { await other.close() }
                running.cancel()
                _ = await running.result
                await store.close()
                folder.remove()
            })
    }
}
