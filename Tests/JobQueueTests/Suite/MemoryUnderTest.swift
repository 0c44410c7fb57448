import JobQueue

extension StoreUnderTest {
    static let memory = StoreUnderTest(name: "memory") { limits in
        let clock = ManualClock()
        return OpenStore(
            store: MemoryJobStore(limits: limits, clock: clock.jobClock), now: { clock.now }, advance: { clock.advance(by: $0) })
    }
}
