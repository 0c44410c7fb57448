import JobQueue

extension StoreUnderTest {
    static let memory = StoreUnderTest(name: "memory") { limits in
        let clock = ManualClock(), waiting = EventCounter()
        return OpenStore(
            store: MemoryJobStore(limits: limits, clock: clock.jobClock, onWait: waiting.record),
            now: { clock.now }, advance: { clock.advance(by: $0) }, waiting: waiting)
    }
}
