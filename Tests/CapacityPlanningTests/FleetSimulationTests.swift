import CapacityPlanning
import Foundation
import LatencyHistograms
import LoadGeneration
import Testing

struct FleetSimulationTests {
    private func run(_ design: FleetDesign, requests: Int = 4_000, seed: UInt64 = 1) -> FleetSimulation.Result {
        FleetSimulation.run(design, warmUp: requests / 4, measured: requests, seed: seed)
    }

    private func mean(_ result: FleetSimulation.Result) -> Double { result.window.sum.service.mean / 1e6 }

    @Test(arguments: [0.3, 0.6, 0.8]) func `one core with exponential work is the queue M|M|1`(load: Double) {
        let result = run(FleetDesign(instances: 1, rate: load, work: .exponential(mean: 1)), requests: 12_000)
        // R = 1 ÷ (μ − λ); the number present by Little's law.
        #expect(abs(mean(result) * (1 - load) - 1) < 0.1, "\(mean(result))")
        #expect(abs(result.utilization - load) < 0.03)
        #expect(abs(result.meanPresent / (load / (1 - load)) - 1) < 0.12)
        // Response times are exponential too: the 95th percentile is ln 20 times the mean.
        let p95 = Double(result.window.sum.service.value(atPercentile: 95) ?? 0) / 1e6
        #expect(abs(p95 / (mean(result) * 2.9957) - 1) < 0.06)
    }

    @Test(arguments: [0.5, 0.8]) func `constant work waits half as long (Pollaczek-Khinchine)`(load: Double) {
        let result = run(FleetDesign(instances: 1, rate: load, work: .constant(1)), requests: 12_000)
        let expected = 1 + load / (2 * (1 - load))
        #expect(abs(mean(result) / expected - 1) < 0.08, "\(mean(result)) for \(expected)")
    }

    /// Mean response time of M|M|c with service rate 1 (Erlang's C).
    private func erlang(servers: Int, rate: Double) -> Double {
        let load = rate / Double(servers)
        var term = 1.0, sum = 1.0
        for index in 1..<servers {
            term *= rate / Double(index)
            sum += term
        }
        let last = term * rate / Double(servers) / (1 - load)
        return 1 + last / (sum + last) / (Double(servers) - rate)
    }

    @Test(arguments: [(2, 1.6), (4, 3.4), (8, 6.0)]) func `one core per job is the queue M|M|c`(
        servers: Int, rate: Double
    ) {
        let result = run(
            FleetDesign(instances: 1, coresEach: servers, rate: rate, work: .exponential(mean: 1), sharing: .oneCoreEach),
            requests: 12_000)
        let expected = erlang(servers: servers, rate: rate)
        #expect(abs(mean(result) / expected - 1) < 0.08, "\(mean(result)) for \(expected)")
    }

    @Test func `shared cores behave as one fast core`() {
        let result = run(FleetDesign(instances: 1, coresEach: 4, rate: 3.2, work: .exponential(mean: 1)), requests: 12_000)
        #expect(abs(mean(result) * (4 - 3.2) - 1) < 0.1, "\(mean(result))")
    }

    @Test func `least connections is worse than one shared queue and better than random choice`() {
        let fleet = mean(run(FleetDesign(instances: 4, rate: 3.4, work: .exponential(mean: 1)), requests: 12_000))
        let oneLine = erlang(servers: 4, rate: 3.4), chance = 1 / (1 - 0.85)
        #expect(fleet > oneLine * 0.98 && fleet < 0.6 * chance, "\(oneLine) < \(fleet) < \(chance)")
    }

    @Test func `an overloaded fleet rejects what it cannot finish in time, and meets the wait limit for the rest`() {
        let result = run(FleetDesign(instances: 2, rate: 40, work: .exponential(mean: 0.1), maximumWait: 3), requests: 2000)
        let sum = result.window.sum
        #expect(abs(Double(sum.failed) / Double(sum.ended) - 0.5) < 0.05)
        #expect(result.utilization > 0.99)
        #expect((sum.service.value(atPercentile: 95) ?? 0) < 3_900_000)
    }

    @Test func `no request is lost without failures, and the overhead is added`() {
        let result = run(FleetDesign(instances: 3, rate: 3, work: .constant(0.5), overhead: 0.25), requests: 3000)
        #expect(result.window.sum.succeeded == 3000 && result.lost == 0)
        #expect(result.window.sum.service.shortest == 750_000)
    }

    @Test func `after failures the remaining instances carry the load`() {
        let all = run(FleetDesign(instances: 10, rate: 6, work: .exponential(mean: 1), failures: 3))
        #expect(abs(all.utilization - 6.0 / 7) < 0.03)
        #expect(all.window.sum.ended == 4000 && all.window.sum.failed == 0 && (1...30).contains(all.lost))
    }

    @Test func `with every instance dead all requests fail`() {
        let none = run(FleetDesign(instances: 2, rate: 1, work: .constant(0.1), failures: 2), requests: 100)
        #expect(none.window.sum.failed == 100)
    }

    @Test func `the same seed gives the same figures, another seed others`() {
        let design = FleetDesign(instances: 3, rate: 2, work: .exponential(mean: 1))
        #expect(
            run(design, requests: 500, seed: 7).window.sum.service.total
                == run(design, requests: 500, seed: 7).window.sum.service.total)
        #expect(
            run(design, requests: 500, seed: 7).window.sum.service.total
                != run(design, requests: 500, seed: 8).window.sum.service.total)
    }

    @Test func `measured work has the given mean and the spread of the histogram`() throws {
        var histogram = LatencyHistogram()
        histogram.record(100_000, times: 900)
        histogram.record(1_000_000, times: 100)
        let work = try #require(MeasuredWork(shape: histogram, mean: 0.38))
        let result = run(FleetDesign(instances: 50, rate: 1, work: .measured(work)), requests: 4000)
        let sum = result.window.sum
        #expect(abs(sum.service.mean / 1e6 / 0.38 - 1) < 0.08)
        #expect(abs(Double(sum.service.count(above: 500_000)) / 4000 - 0.1) < 0.02)
    }
}

/// How quick a plan is: for `Benchmarks/loadtest/speed`, which asks for it and reads the lines.
struct SimulationSpeedTests {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["SAKUGA_MEASURE"] != nil), arguments: [1, 100, 1_000])
    func `requests are simulated on one core`(instances: Int) {
        let requests = 200_000, began = ContinuousClock.now
        let design = FleetDesign(instances: instances, rate: 0.7 * Double(instances), work: .exponential(mean: 1))
        let result = FleetSimulation.run(design, warmUp: requests / 4, measured: requests, seed: 1)
        let took = (ContinuousClock.now - began) / .seconds(1)
        #expect(result.utilization > 0)
        print(
            "speed: \(Int(Double(requests + requests / 4) / took)) simulated requests a second on one core, \(instances) instances"
        )
    }
}
