import Serving
import Testing

@Suite struct CoreClockTests {
    private let start = ContinuousClock.now

    @Test func `a single job gets every core, many get one each`() {
        var clock = CoreClock(slots: 4)
        clock.advance(to: start)
        clock.setRunning(1)
        clock.advance(to: start + .seconds(1))
        #expect(clock.reading().coreSeconds == 4)
        clock.setRunning(2)
        clock.advance(to: start + .seconds(2))
        #expect(clock.reading().coreSeconds == 6)
        clock.setRunning(4)
        clock.advance(to: start + .seconds(3))
        #expect(clock.reading().coreSeconds == 7)
    }

    @Test func `the clock stands still while nothing runs, and never goes back`() {
        var clock = CoreClock(slots: 2)
        clock.advance(to: start)
        clock.advance(to: start + .seconds(9))
        #expect(clock.reading().coreSeconds == 0)
        clock.setRunning(1)
        clock.advance(to: start + .seconds(10))
        clock.advance(to: start + .seconds(5))
        #expect(clock.reading().coreSeconds == 2)
        clock.advance(to: start + .seconds(11))
        #expect(clock.reading().coreSeconds == 4)
    }

    @Test func `a preempting job has every core and the others none`() {
        var clock = CoreClock(slots: 4)
        clock.advance(to: start)
        clock.setRunning(4)
        clock.advance(to: start + .seconds(1))
        clock.setRunning(4, isPreempted: true)
        clock.advance(to: start + .seconds(3))
        #expect(clock.reading() == CoreClock.Use(coreSeconds: 1, seconds: 1))
        #expect(clock.reading(preempting: true) == CoreClock.Use(coreSeconds: 8, seconds: 2))
        clock.setRunning(2)
        clock.advance(to: start + .seconds(4))
        #expect(clock.reading() == CoreClock.Use(coreSeconds: 3, seconds: 2))
        #expect(clock.reading(preempting: true) == CoreClock.Use(coreSeconds: 8, seconds: 2))
    }
}
