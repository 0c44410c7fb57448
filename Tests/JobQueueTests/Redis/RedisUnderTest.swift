import Foundation
import JobQueue
import JobQueueRedis

extension StoreUnderTest {
    static let redis = StoreUnderTest(name: "redis") { limits in
        let server = try await RedisServer()
        let shift = Mutexed<Duration>(.zero), waiting = EventCounter()
        let address = try server.address
        let others = Mutexed<[RedisJobStore]>([])
        let open = { @Sendable () -> RedisJobStore in
            let store = RedisJobStore(at: address, limits: limits, timeShift: { shift.value })
            others.change { $0.append(store) }
            return store
        }
        return OpenStore(
            store: RedisJobStore(at: address, limits: limits, timeShift: { shift.value }, onWait: waiting.record),
            now: { Date().addingTimeInterval(shift.value / .seconds(1)) },
            advance: { duration in shift.change { $0 += duration } },
            waiting: waiting,
            restart: { open() },
            peer: { open() },
            cleanUp: {
                for other in others.value { await other.close() }
                server.kill()
                server.folder.remove()
            })
    }
}
