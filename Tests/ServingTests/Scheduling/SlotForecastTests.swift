import Serving
import Testing

@Suite struct SlotForecastTests {
    @Test func `each job takes the slot that becomes free first`() {
        var forecast = SlotForecast(slots: 2, remaining: [3, 1])
        #expect(forecast.add(coreSeconds: 1) == 2)
        #expect(forecast.add(coreSeconds: 5) == 7)
        #expect(forecast.add(coreSeconds: 1) == 4)
        #expect(forecast.add(coreSeconds: 1) == 5)
    }

    @Test func `free slots are used at once`() {
        var forecast = SlotForecast(slots: 3, remaining: [9])
        #expect(forecast.add(coreSeconds: 1) == 1)
        #expect(forecast.add(coreSeconds: 1) == 1)
        #expect(forecast.add(coreSeconds: 1) == 2)
    }

    @Test func `equal jobs fill many slots round by round`() {
        var forecast = SlotForecast(slots: 7, remaining: [])
        let ends = (0..<21).map { _ in forecast.add(coreSeconds: 2) }
        #expect(ends == Array(repeating: 2, count: 7) + Array(repeating: 4, count: 7) + Array(repeating: 6, count: 7))
    }

    @Test func `a finished job leaves its cores to the others`() {
        #expect(SlotForecast.sharing(slots: 4, coreSeconds: 2, remaining: []) == 0.5)
        #expect(SlotForecast.sharing(slots: 4, coreSeconds: 2, remaining: [2]) == 1)
        // 1 of each is done after 0.5 s of half the cores; then the rest of its own on all of them.
        #expect(SlotForecast.sharing(slots: 4, coreSeconds: 2, remaining: [1]) == 0.75)
        // Longer jobs share with it to its end.
        #expect(SlotForecast.sharing(slots: 4, coreSeconds: 2, remaining: [100]) == 1)
    }

    @Test func `a preempting job waits for those before it to start, and has every core`() {
        var forecast = SlotForecast(slots: 2, remaining: [3, 1])
        #expect(forecast.preempting(coreSeconds: 1) == 0.5)
        _ = forecast.add(coreSeconds: 1)
        #expect(forecast.preempting(coreSeconds: 1) == 1.5)
        _ = forecast.add(coreSeconds: 5)
        #expect(forecast.preempting(coreSeconds: 1) == 2.5)
    }
}
