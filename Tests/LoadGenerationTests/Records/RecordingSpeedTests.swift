import Foundation
import LoadGeneration
import LoadTestFixtures
import Testing

/// How much of the generator's core the recorder takes: for `Benchmarks/loadtest/speed`, which asks for it and reads the line.
struct RecordingSpeedTests {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["SAKUGA_MEASURE"] != nil))
    func `requests are recorded on one core`() {
        var window = WindowCounts(labels: [RequestLabel(method: "GET", name: "/")])
        var random = SeededRandom(seed: 1), ends: [UInt64] = []
        for _ in 0..<4_096 { ends.append(1_000_000_000 + UInt64(1e6 * (1 + 100 * abs(random.normal())))) }
        let rounds = 500, began = ContinuousClock.now
        for _ in 0..<rounds {
            for end in ends {
                window.record(RequestRecord(start: 1_000_000_000, end: end, outcome: .succeeded, bytesReceived: 100)) { "" }
            }
        }
        let took = (ContinuousClock.now - began) / .seconds(1)
        #expect(window.sum.succeeded == rounds * ends.count)
        print("speed: \(Int(Double(rounds * ends.count) / took)) records a second on one core")
    }
}
